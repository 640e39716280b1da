import type { JournalEntryView } from '../socket-life.js';

/** The body of a repeated call, and what about it a reader has to know. */
export interface Body {
  /** JSON with placeholders; empty: none. */
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * The parameters of a call with bytes in place of lengths (those captured, then zeros), and with placeholders
 * in place of ids.
 *
 * @param names what the answers of the repetition give, by the id that the recorded call had
 * @param ownPort what they give in place of the port of an address
 */
export const bodyOf = (
  params: Readonly<Record<string, unknown>>,
  entry: JournalEntryView,
  names: ReadonlyMap<string, string>,
  ownPort: (address: object) => string | undefined,
): Body => {
  const notes: string[] = [];
  // Only what was sent is captured of a call's parameters, one buffer after the other.
  let captured = Buffer.from(entry.bytesSent ? (entry.data?.base64 ?? '') : '', 'base64');
  const bytes = (at: string, { len, given = len }: Length): object => {
    const own = SENT.includes(at) ? captured.subarray(0, Math.min(len, given)) : NONE;
    if (SENT.includes(at)) captured = captured.subarray(own.length);
    const missing = given - own.length;
    if (missing > 0)
      notes.push(`${missing} of the ${given} bytes of ${at} were not captured: they are zeros here.`);
    const base64 = withZeros(own, given);
    return given === len ? { base64 } : { base64, len };
  };
  const fill = (value: unknown, at: string): unknown => {
    if (typeof value === 'string') return names.has(value) ? `@id:${names.get(value)}@` : doubled(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => fill(item, at));
    if (isLength(value)) return bytes(at, value);
    const port = 'port' in value ? ownPort(value) : undefined;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        name === 'port' && port !== undefined ? `@id:${port}@` : fill(member, at === '' ? name : at),
      ]),
    );
  };
  const text = JSON.stringify(fill(params, ''))
    // A port is a number.
    .replace(/"(@id:\w+_port@)"/g, '$1')
    .replaceAll(doubled('@'), AT);
  return { text: text === '{}' ? '' : text, notes };
};

/** JSON of what has no placeholders, whatever texts are in it. */
export const plainJson = (value: unknown): string => JSON.stringify(value).replaceAll('@', AT);

/** An @ of the caller's, as JSON also has it: it begins no placeholder. */
const AT = '\\u0040';

/** A text in which no single @ is the caller's, until it is JSON. */
const doubled = (text: string): string => text.replaceAll('@', '@@');

const SENT = ['data', 'buffers'];
const NONE = Buffer.alloc(0);

/** The base64 of some bytes and zeros behind them: three bytes are four characters, so it can be cut there. */
const withZeros = (bytes: Buffer, length: number): string => {
  if (bytes.length === length) return bytes.toString('base64');
  const head = Buffer.alloc(Math.min(length, Math.ceil(bytes.length / 3) * 3));
  bytes.copy(head);
  const rest = length - head.length;
  return `${head.toString('base64')}${rest > 0 ? `@zeros:${rest}@` : ''}`;
};

/** What the journal has in place of a buffer. */
interface Length {
  readonly len: number;
  /** How many bytes there were, where the declared length was another. */
  readonly given?: number;
}

const isLength = (value: object): value is Length => 'len' in value;
