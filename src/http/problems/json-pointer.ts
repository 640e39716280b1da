import type { ParameterPath } from '../../daemon/answers/refusals.js';

/** Names that a client made up come back in its answer: no more of each than a reader needs to find it. */
const MOST_CHARACTERS = 100;

/**
 * The path as JSON Pointer, in which `~` and `/` are escaped: https://www.rfc-editor.org/rfc/rfc6901#section-3
 *
 * A name of more than 100 characters is cut, with `...` in place of the rest.
 */
export const jsonPointer = (path: ParameterPath): string =>
  path.map((part) => `/${cut(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

// Never between the halves of a surrogate pair.
const cut = (name: string): string =>
  name.length > MOST_CHARACTERS
    ? `${name.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}...`
    : name;
