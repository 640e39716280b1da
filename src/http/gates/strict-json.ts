/** The deepest nesting of objects and arrays; the parameters of operations need only a few levels. */
const MAX_DEPTH = 32;

/**
 * The most characters outside of strings. Each is scanned while other requests wait; long strings are
 * skipped.
 */
const MAX_OUTSIDE_TEXTS = 1024 * 1024;

/** The most characters of one number; a double needs 24. */
export const MAX_NUMBER = 1000;

/** A text was refused as JSON. The message never quotes the text, which may be payload. */
export class JsonRefused extends Error {
  override name = 'JsonRefused';
}

/**
 * Parses JSON, and refuses what JSON.parse accepts but parsers read differently: a name twice in one object,
 * `__proto__`, lone surrogates, numbers too large for a double, nesting deeper than 32.
 * Source: https://www.rfc-editor.org/rfc/rfc8259 sections 4, 6, 8.2 and 9.
 *
 * The text is scanned before JSON.parse makes any object of it, so a body that is too large costs one scan.
 *
 * @param maxValues most values, objects, arrays and names together
 * @throws JsonRefused with a sentence that may be shown to the client
 */
export const parseStrictJson = (text: string, maxValues: number): unknown => {
  scan(text, maxValues);
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new JsonRefused(
      at === undefined ? 'The body is not JSON.' : `The body is not JSON: see character ${at}.`,
    );
  }
};

// Codes of the characters that the scanner handles.
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Scans a text, which need not be JSON: JSON.parse finds the errors that the scan does not look for. */
const scan = (text: string, maxValues: number): void => {
  // Only escapes can bring lone surrogates in: the text itself came from valid UTF-8.
  const mayHaveSurrogates = /\\u[dD][89a-fA-F]/.test(text);
  /** One entry per open container: the names seen in an object, undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let nameIsNext = false;
  let values = 1;
  let outside = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    let next = at + 1;
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end < 0) return;
      if (mayHaveSurrogates) refuseLoneSurrogates(text, at, end);
      if (nameIsNext && names !== undefined) addName(names, text, at, end);
      nameIsNext = false;
      at = end + 1;
      continue;
    }
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      values++;
      names = code === OPEN_OBJECT ? new Set() : undefined;
      nameIsNext = names !== undefined;
      open.push(names);
      if (open.length > MAX_DEPTH) throw new JsonRefused(`The body nests deeper than ${MAX_DEPTH} levels.`);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      names = open.at(-1);
      nameIsNext = false;
    } else if (code === COMMA) {
      values++;
      nameIsNext = names !== undefined;
    } else if (code === COLON) {
      values++;
    } else if (code === MINUS || (code >= 0x30 && code <= 0x39)) {
      next = endOfNumber(text, at);
    }
    if (values > maxValues) throw new JsonRefused(`The body has more than ${maxValues} values and names.`);
    outside += next - at;
    if (outside > MAX_OUTSIDE_TEXTS) {
      throw new JsonRefused(`The body has more than ${MAX_OUTSIDE_TEXTS} characters outside of texts.`);
    }
    at = next;
  }
};

/** The index of the closing quote, -1 where there is none. indexOf is fast on long strings (base64). */
const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
};

const isEscaped = (text: string, at: number): boolean => {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
};

/** The value of a string; its raw text where JSON.parse would refuse it. */
const decoded = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
};

const addName = (names: Set<string>, text: string, start: number, end: number): void => {
  const name = decoded(text, start, end);
  if (name === '__proto__') throw new JsonRefused('The name __proto__ is not taken.');
  if (names.has(name)) {
    throw new JsonRefused(`A name occurs twice in one object: see character ${start}.`);
  }
  names.add(name);
};

const refuseLoneSurrogates = (text: string, start: number, end: number): void => {
  // With the u flag a pair is one character, so this matches only a surrogate that stands alone.
  if (/\p{Surrogate}/u.test(decoded(text, start, end))) {
    throw new JsonRefused(`A string has half of a surrogate pair: see character ${start}.`);
  }
};

const endOfNumber = (text: string, start: number): number => {
  const token = /[-+.0-9eE]+/y;
  token.lastIndex = start;
  const [digits = ''] = token.exec(text) ?? [];
  if (digits.length > MAX_NUMBER) throw new JsonRefused(`A number is too long: see character ${start}.`);
  const value = Number(digits);
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw new JsonRefused(`A number is too large: see character ${start}.`);
  }
  return start + digits.length;
};
