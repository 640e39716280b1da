import type { ParameterPath } from '../../daemon/answers/refusals.js';

/** An answer repeats names that its client chose, but no more of each than a reader needs to find it. */
const MOST_CHARACTERS = 100;

/**
 * A path as JSON Pointer, which escapes `~` and `/`. Of a name of more than 100 characters the rest is
 * replaced by `...`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901#section-3
 */
export const jsonPointer = (path: ParameterPath): string =>
  path.map((part) => `/${cut(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

// The expression removes the first half of a surrogate pair whose second half is cut off.
const cut = (name: string): string =>
  name.length > MOST_CHARACTERS
    ? `${name.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}...`
    : name;
