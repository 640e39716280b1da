/** Bytes as text and as hex rows, for a reader: nothing in them is invisible or changes what is beside it. */
import type { Entry } from './types.js';

/** Bytes of one hex row. */
const ROW_BYTES = 16;

/** The most bytes that are shown, unless told otherwise. */
const MOST_SHOWN = 1024;

export interface HexRow {
  /** The offset of its first byte, 8 hexadecimal digits. */
  readonly offset: string;
  /** The bytes, two hexadecimal digits each. */
  readonly hex: readonly string[];
  /** Each byte as a character: printable ASCII, or `·`. */
  readonly characters: string;
}

export interface PayloadText {
  readonly text: string;
  /** Whether the bytes shown are UTF-8. If not, `text` has the ASCII among them, and others as `\x` and two digits. */
  readonly isUtf8: boolean;
  /** How many bytes are not shown. */
  readonly rest: number;
}

export interface PayloadHex {
  readonly rows: readonly HexRow[];
  /** How many bytes are not shown. */
  readonly rest: number;
}

/** The first captured bytes of a call; undefined if there are none. */
export const capturedBytes = (
  { data }: Pick<Entry, 'data'>,
  most = Number.POSITIVE_INFINITY,
): Uint8Array | undefined => {
  if (!data || data.len === 0) return undefined;
  const digits = most < data.len ? data.base64.slice(0, Math.ceil(most / 3) * 4) : data.base64;
  const bytes = Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
  return bytes.length > most ? bytes.subarray(0, most) : bytes;
};

/**
 * Bytes as text: UTF-8 where they are valid. Control characters become the symbols of Unicode's Control
 * Pictures, such as ␊. Characters that have no shape, direction marks among them, become `\u{…}`.
 */
export const payloadText = (bytes: Uint8Array, most = MOST_SHOWN): PayloadText => {
  const shown = bytes.length > most ? bytes.subarray(0, wholeCharacters(bytes, most)) : bytes;
  const decoded = decode(shown);
  const text = decoded === undefined ? asciiOf(shown) : visible(decoded);
  return { text, isUtf8: decoded !== undefined, rest: bytes.length - shown.length };
};

/** The lines of a text, each as in `payloadText`. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

export const payloadHex = (bytes: Uint8Array, most = MOST_SHOWN): PayloadHex => {
  const shown = bytes.subarray(0, most);
  const rows: HexRow[] = [];
  for (let at = 0; at < shown.length; at += ROW_BYTES) {
    const part = [...shown.subarray(at, at + ROW_BYTES)];
    rows.push({
      offset: at.toString(16).padStart(8, '0'),
      hex: part.map(hexOf),
      characters: part.map((byte) => (isPrintable(byte) ? String.fromCharCode(byte) : '·')).join(''),
    });
  }
  return { rows, rest: bytes.length - shown.length };
};

/** The largest number of bytes, at most `most`, that does not end within a character of UTF-8. */
const wholeCharacters = (bytes: Uint8Array, most: number): number => {
  let end = most;
  // A character has at most three bytes after its first.
  while (end > 0 && most - end < 4 && isContinuation(bytes[end])) end--;
  return isContinuation(bytes[end]) || end === 0 ? most : end;
};

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    // Without ignoreBOM a mark of the byte order would vanish.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8.
    return undefined;
  }
};

/**
 * Control characters, formats such as direction marks, unassigned and private characters (all in C),
 * separators of lines and paragraphs, characters that are drawn as nothing, and spaces but the plain one.
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** A text in which nothing is invisible or changes what is beside it. */
const visible = (text: string): string =>
  text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `\\u{${code.toString(16)}}`;
  });

const asciiOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte < 0x80 ? visible(String.fromCharCode(byte)) : `\\x${hexOf(byte)}`)).join(
    '',
  );

const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
