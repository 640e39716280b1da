/** The most of a list, and of a text, that the journal keeps: all the faults that one call may arm are there. */
export const MOST_ITEMS = 100;
export const MOST_CHARACTERS = 256;

/** What is noted while parameters are copied. */
export interface Copying {
  /** What the copy takes of the memory, about. */
  bytes: number;
  /** Names of the parameters that are not whole. */
  readonly cut: string[];
}

/** What a text or an object takes of the memory beside its characters or members. */
const VALUE_BYTES = 32;

/**
 * The parameters of a call as the journal keeps them: a buffer becomes `{ len }` (and `given`, where WSABUF.len
 * is not the number of bytes given). What is left are numbers, names and addresses.
 *
 * @param id the member that names the session or socket; the entry has it already
 * @param copying is added to
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
    if (value.length > MOST_CHARACTERS) isCut(of, copying);
    return copyOf(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (value.length > MOST_ITEMS) isCut(of, copying);
    return value.slice(0, MOST_ITEMS).map((item) => withoutBytes(item, of, copying));
  }
  if (isBuffer(value)) {
    const given = lengthOf(value);
    return value.len === undefined || value.len === given ? { len: given } : { len: value.len, given };
  }
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) kept[name] = withoutBytes(member, of, copying);
  return kept;
};

const isCut = (name: string, { cut }: Copying): void => {
  if (!cut.includes(name)) cut.push(name);
};

/** V8 makes a copy of a part that is shorter (SlicedString::kMinLength). */
const SHORTEST_SLICE = 13;

/**
 * A part of a text keeps the whole of it alive: V8 makes a slice that points into its parent, and what came in
 * a path or a query is such a part already. Bytes have no parent. Names and addresses are too short for that.
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

/** The first bytes of some buffers together, as a copy that keeps nothing else alive: not one of Node's shared pool. */
export const payloadOf = (buffers: readonly unknown[], most: number): Buffer | undefined => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const buffer of buffers) {
    if (bytes >= most) break;
    const part = isBuffer(buffer) ? bytesOf(buffer) : undefined;
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

const bytesOf = ({ base64, text, len }: BufferLike): Buffer | undefined => {
  const bytes =
    typeof base64 === 'string'
      ? Buffer.from(base64, 'base64')
      : typeof text === 'string'
        ? Buffer.from(text)
        : undefined;
  return bytes?.subarray(0, typeof len === 'number' ? len : undefined);
};
