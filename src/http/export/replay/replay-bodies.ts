import type { Filling } from './step.js';

/** The body of a repeated call, and what about it a reader has to know. */
export interface Body {
  /** JSON with fillings; absent: none. */
  readonly body?: unknown;
  readonly notes: readonly string[];
}

/** What is known of a call beyond its parameters. */
interface Known {
  /** What was captured of the payload that it sent. */
  readonly sent?: Buffer;
  /** What the answers of the repetition give in place of the port of an address. */
  ownPort?(address: object): string | undefined;
}

/**
 * The parameters of a call with bytes in place of lengths (those captured, then zeros), and with what answers give
 * in place of ids.
 *
 * @param names what the answers of the repetition give, by the id that the recorded call had
 */
export const bodyOf = (
  params: object,
  names: ReadonlyMap<string, string>,
  { sent = Buffer.alloc(0), ownPort }: Known = {},
): Body => {
  const notes: string[] = [];
  let captured = sent;
  const buffer = (at: string, { len, given = len }: Length): object => {
    // Only what was sent is captured of a call's parameters, one buffer after the other.
    const own = captured.subarray(0, SENT.includes(at) ? Math.min(len, given) : 0);
    captured = captured.subarray(own.length);
    const missing = given - own.length;
    if (missing > 0)
      notes.push(`${missing} of the ${given} bytes of ${at} were not captured: they are zeros here.`);
    const text = own.toString('base64');
    const base64 = missing > 0 ? ({ $padded: { base64: text, length: given } } satisfies Filling) : text;
    return given === len ? { base64 } : { base64, len };
  };
  const fill = (value: unknown, at: string): unknown => {
    if (typeof value === 'string') return given(names.get(value)) ?? value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => fill(item, at));
    if (Object.keys(value).some((name) => name.startsWith('$'))) return { $plain: value } satisfies Filling;
    if (isLength(value)) return buffer(at, value);
    const port = 'port' in value ? given(ownPort?.(value)) : undefined;
    const members = Object.entries(value).map(([name, member]) => [name, fill(member, at || name)]);
    return { ...Object.fromEntries(members), ...(port && { port }) };
  };
  const body = fill(params, '');
  return Object.keys(params).length === 0 ? { notes } : { body, notes };
};

const given = (name: string | undefined): Filling | undefined =>
  name === undefined ? undefined : { $given: name };

const SENT = ['data', 'buffers'];

/** What the journal has in place of a buffer. */
interface Length {
  readonly len: number;
  /** How many bytes there were, where the declared length was another. */
  readonly given?: number;
}

const isLength = (value: object): value is Length => 'len' in value;
