/** The most characters of a pointer. */
export const MOST_OF_POINTER = 1024;

/** The most names and indices of a pointer: results are not nested as deep. */
export const MOST_NAMES = 32;

/** What a pointer is, for the detail of an error. */
export const POINTER = `a JSON pointer of at most ${MOST_OF_POINTER} characters and ${MOST_NAMES} names`;

/**
 * The names and indices of a JSON Pointer; undefined for what is none, or is longer than the limits above.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901#section-3
 */
export const pointerParts = (pointer: string): readonly string[] | undefined => {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || pointer.length > MOST_OF_POINTER) return undefined;
  const parts = pointer.slice(1).split('/');
  if (parts.length > MOST_NAMES) return undefined;
  // Most have no escapes.
  if (!pointer.includes('~')) return parts;
  if (/~(?![01])/.test(pointer)) return undefined;
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
};

/** The value at that place of a JSON value, own members only; undefined if there is none. */
export const valueAt = (value: unknown, parts: readonly string[]): unknown => {
  let at = value;
  for (const part of parts) {
    if (typeof at !== 'object' || at === null) return undefined;
    // The length of a list is no value of JSON, and an index has no other spelling.
    if (Array.isArray(at) && !/^(?:0|[1-9]\d*)$/.test(part)) return undefined;
    if (!Object.hasOwn(at, part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
};
