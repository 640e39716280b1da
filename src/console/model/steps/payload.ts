import type { Entry } from '../types.js';
import { type Members, membersOf } from './made-call.js';

/** Parameters with bytes where the journal has lengths. */
export interface Restored {
  readonly params: Members;
  readonly notes: readonly string[];
}

/** The parameters whose bytes a journal captures, one buffer after the other. */
const CAPTURED = ['data', 'buffers'];

/**
 * The parameters of a recorded call, with bytes in place of lengths: the captured ones, then as many letters x
 * as are missing.
 */
export const restored = ({ parameters = {}, data, bytesSent, cutParameters = [] }: Entry): Restored => {
  let captured = bytesSent ? bytesOf(data?.base64 ?? '') : new Uint8Array();
  const notes = cutParameters.map((name) => `The journal has only the beginning of ${name}.`);
  const buffer = (at: string, { len, given = len }: Length): object => {
    const own = CAPTURED.includes(at) ? captured.subarray(0, Math.min(len, given)) : new Uint8Array();
    captured = captured.subarray(own.length);
    const missing = given - own.length;
    if (missing > 0) notes.push(`${missing} of the ${given} bytes of ${at} are not known: here they are x.`);
    const bytes = withFiller(own, missing);
    return given === len ? bytes : { ...bytes, len };
  };
  const fill = (value: unknown, at: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => fill(item, at));
    if (isLength(value)) return buffer(at, value);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, fill(member, at || name)]),
    );
  };
  return { params: membersOf(fill(parameters, '')), notes };
};

/** What the journal has in place of a buffer. */
interface Length {
  readonly len: number;
  /** The number of bytes given, if the declared length was another. */
  readonly given?: number;
}

const isLength = (value: object): value is Length =>
  'len' in value &&
  typeof value.len === 'number' &&
  Object.keys(value).every((name) => MEMBERS.includes(name));

const MEMBERS = ['len', 'given'];

/** As text if a reader can read all of it, else in base64. */
const withFiller = (own: Uint8Array, missing: number): { text: string } | { base64: string } => {
  const filler = 'x'.repeat(missing);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(own);
  const isReadable = !UNREADABLE.test(text);
  return isReadable ? { text: text + filler } : { base64: btoa(binaryOf(own) + filler) };
};

/** What stands for bytes that are not UTF-8, and control characters without a common escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNREADABLE = /[\ufffd\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Each byte as one character. */
const binaryOf = (bytes: Uint8Array): string => {
  let text = '';
  // As many arguments as every engine takes.
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
};
