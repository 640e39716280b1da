/** How many objects and arrays may be open inside each other; no operation's parameters need more than a few. */
const MAX_DEPTH = 32;

/** How many members all objects of one body may have together: to look at each takes time that others wait for. */
const MAX_MEMBERS = 10_000;

/** How many values, objects and arrays one body may have together: each is memory, and time that others wait for. */
const MAX_VALUES = 50_000;

/** Why a text is not taken as JSON. Never quotes the text: it may be payload. */
export class JsonRefused extends Error {
  override name = 'JsonRefused';
}

/**
 * Parses JSON and refuses what JSON.parse would take but two readers could understand differently: a name
 * twice in one object, `__proto__`, lone surrogates, numbers too large for a double, nesting deeper
 * than 32, more than 50,000 values and more than 10,000 members. Source: https://www.rfc-editor.org/rfc/rfc8259 sections 4, 6, 8.2 and 9.
 *
 * @throws JsonRefused with a sentence that may be shown to the client
 */
export const parseStrictJson = (text: string): unknown => {
  refuseLarge(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new JsonRefused(
      at === undefined ? 'The body is not JSON.' : `The body is not JSON: see character ${at}.`,
    );
  }
  scan(text);
  return value;
};

// Codes of the characters that the scanner looks at.
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Counts before anything is made of the text, which need not be JSON. */
const refuseLarge = (text: string): void => {
  let values = 1;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at < 0) return; // no JSON
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      values++;
      if (++depth > MAX_DEPTH) throw new JsonRefused(`The body nests deeper than ${MAX_DEPTH} levels.`);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--;
    } else if (code === COMMA) {
      values++;
    }
    if (values > MAX_VALUES) throw new JsonRefused(`The body has more than ${MAX_VALUES} values.`);
  }
};

/** Walks a text that JSON.parse has accepted, so its grammar needs no checking any more. */
const scan = (text: string): void => {
  // Only escapes can bring lone surrogates in: the text itself came from valid UTF-8.
  const mayHaveSurrogates = /\\u[dD][89a-fA-F]/.test(text);
  /** One entry per open container: the names seen in an object, undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let nameIsNext = false;
  let members = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (mayHaveSurrogates) refuseLoneSurrogates(text, at, end);
      if (nameIsNext && names !== undefined) {
        if (++members > MAX_MEMBERS) throw new JsonRefused(`The body has more than ${MAX_MEMBERS} members.`);
        addName(names, text, at, end);
      }
      nameIsNext = false;
      at = end;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      names = code === OPEN_OBJECT ? new Set() : undefined;
      nameIsNext = names !== undefined;
      open.push(names);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      names = open.at(-1);
      nameIsNext = false;
    } else if (code === COMMA) {
      nameIsNext = names !== undefined;
    } else if (code === MINUS || (code >= 0x30 && code <= 0x39)) {
      at = endOfNumber(text, at);
      continue;
    }
    at++;
  }
};

/** The index of the closing quote, -1 where there is none; long strings (base64) are jumped over by indexOf. */
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

const decoded = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
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
  if (!Number.isFinite(Number(digits))) {
    throw new JsonRefused(`A number is too large: see character ${start}.`);
  }
  return start + digits.length;
};
