import { RawBytes } from '../schemas/raw-bytes.js';

/**
 * Most items of a list and most characters of a text in the journal. One call may arm 100 faults: all are
 * kept.
 */
export const MOST_ITEMS = 100;
export const MOST_CHARACTERS = 256;

/** What copying notes of the parameters. */
export interface Copying {
  /** How many bytes the copy takes, roughly. */
  bytes: number;
  /** Names of the parameters that were cut. */
  readonly cut: string[];
}

/** Bytes that a text or an object takes beside its characters or members. */
const VALUE_BYTES = 32;

/**
 * The parameters of a call as the journal keeps them: a buffer becomes `{ len }` (and `given`, if WSABUF.len
 * is not the number of bytes given). The rest are numbers, names and addresses.
 *
 * @param id the member that names the session or socket, which the entry has already
 * @param copying notes are added to it
 */
export const withoutPayload = (
  params: Readonly<Record<string, unknown>>,
  id: string,
  copying: Copying,
): object => {
  const kept: Record<string, unknown> = {};
  for (const name in params) if (name !== id) kept[name] = withoutBytes(params[name], name, copying);
  return kept;
};

const withoutBytes = (value: unknown, of: string, copying: Copying): unknown => {
  copying.bytes += VALUE_BYTES;
  if (typeof value === 'string') {
    copying.bytes += Math.min(value.length, MOST_CHARACTERS);
    if (value.length > MOST_CHARACTERS) noteCut(of, copying);
    return copyOf(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (value.length > MOST_ITEMS) noteCut(of, copying);
    return value.slice(0, MOST_ITEMS).map((item) => withoutBytes(item, of, copying));
  }
  if (value instanceof RawBytes) return { len: value.len };
  if (isBuffer(value)) {
    const given = lengthOf(value);
    return value.len === undefined || value.len === given ? { len: given } : { len: value.len, given };
  }
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) kept[name] = withoutBytes(member, of, copying);
  return kept;
};

const noteCut = (name: string, { cut }: Copying): void => {
  if (!cut.includes(name)) cut.push(name);
};

/** V8 copies a shorter part of a text instead of pointing into it (SlicedString::kMinLength). */
const SHORTEST_SLICE = 13;

/**
 * A copy of a text that keeps nothing else alive. A part of a text keeps all of it: V8 makes a slice that
 * points into its parent, and texts of a path or a query are such slices. Texts made from bytes have no
 * parent; short ones are copied anyway.
 */
const copyOf = (text: string): string =>
  text.length < SHORTEST_SLICE && Buffer.byteLength(text) === text.length
    ? text
    : Buffer.from(text.slice(0, MOST_CHARACTERS)).toString();

/** A buffer as a client gives it. */
interface BufferLike {
  readonly base64?: unknown;
  readonly text?: unknown;
  readonly len?: unknown;
}

const isBuffer = (value: unknown): value is BufferLike =>
  typeof value === 'object' && value !== null && ('base64' in value || 'text' in value);

const lengthOf = ({ base64, text }: BufferLike): number => {
  if (typeof base64 === 'string') {
    const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
    return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
  }
  return typeof text === 'string' ? Buffer.byteLength(text) : 0;
};

/**
 * The first bytes of several buffers, as one copy outside Node's shared pool: it keeps nothing else alive.
 */
export const payloadOf = (buffers: readonly unknown[], most: number): Buffer | undefined => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const buffer of buffers) {
    if (bytes >= most) break;
    const part = bytesOf(buffer);
    if (!part) continue;
    const first = part.subarray(0, most - bytes);
    parts.push(first);
    bytes += first.length;
  }
  if (bytes === 0) return undefined;
  const copy = Buffer.alloc(bytes);
  let at = 0;
  for (const part of parts) at += part.copy(copy, at);
  return copy;
};

const bytesOf = (buffer: unknown): Buffer | undefined => {
  if (buffer instanceof RawBytes) return buffer.bytes;
  if (!isBuffer(buffer)) return undefined;
  const { base64, text, len } = buffer;
  const bytes =
    typeof base64 === 'string'
      ? Buffer.from(base64, 'base64')
      : typeof text === 'string'
        ? Buffer.from(text)
        : undefined;
  return bytes?.subarray(0, typeof len === 'number' ? len : undefined);
};
