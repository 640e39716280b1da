import type { ParameterPath } from '../../daemon/answers/refusals.js';

/** The path as JSON Pointer, in which `~` and `/` are escaped: https://www.rfc-editor.org/rfc/rfc6901#section-3 */
export const jsonPointer = (path: ParameterPath): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
