import type { Placeholder } from './step.js';

/** The body of a repeated call, with notes for a reader of the program. */
export interface StepBody {
  /** JSON with placeholders; absent: no body. */
  readonly body?: unknown;
  readonly notes: readonly string[];
}

/** What is known of a call besides its parameters. */
interface CallContext {
  /** The captured bytes that it sent. */
  readonly sent?: Buffer;
  /** The name under which the repetition keeps the port of an address; undefined if it does not. */
  ownPort?(address: object): string | undefined;
}

/**
 * The parameters of a call, with bytes in place of lengths (captured ones, then zeros), and with placeholders
 * in place of ids.
 *
 * @param names the names of ids in the repetition, by recorded id
 */
export const bodyOf = (
  params: object,
  names: ReadonlyMap<string, string>,
  { sent = Buffer.alloc(0), ownPort }: CallContext = {},
): StepBody => {
  const notes: string[] = [];
  let captured = sent;
  const buffer = (at: string, { len, given = len }: Length): object => {
    // Of the parameters only the sent payload is captured: the bytes of one buffer after the other.
    const own = captured.subarray(0, SENT_PARAMETERS.includes(at) ? Math.min(len, given) : 0);
    captured = captured.subarray(own.length);
    const missing = given - own.length;
    if (missing > 0)
      notes.push(`${missing} of the ${given} bytes of ${at} were not captured: they are zeros here.`);
    const text = own.toString('base64');
    const base64 = missing > 0 ? ({ $padded: { base64: text, length: given } } satisfies Placeholder) : text;
    return given === len ? { base64 } : { base64, len };
  };
  const fill = (value: unknown, at: string): unknown => {
    if (typeof value === 'string') return given(names.get(value)) ?? value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => fill(item, at));
    if (Object.keys(value).some((name) => name.startsWith('$')))
      return { $plain: value } satisfies Placeholder;
    if (isLength(value)) return buffer(at, value);
    const port = 'port' in value ? given(ownPort?.(value)) : undefined;
    const members = Object.entries(value).map(([name, member]) => [name, fill(member, at || name)]);
    return { ...Object.fromEntries(members), ...(port && { port }) };
  };
  const body = fill(params, '');
  return Object.keys(params).length === 0 ? { notes } : { body, notes };
};

const given = (name: string | undefined): Placeholder | undefined =>
  name === undefined ? undefined : { $given: name };

const SENT_PARAMETERS = ['data', 'buffers'];

/** The lengths that the journal has in place of a buffer. */
interface Length {
  readonly len: number;
  /** The number of bytes given, if the declared length was another. */
  readonly given?: number;
}

const isLength = (value: object): value is Length => 'len' in value;
