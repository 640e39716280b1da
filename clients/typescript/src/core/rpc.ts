/**
 * Calls of JSON-RPC over one kept WebSocket, many at once.
 *
 * @see https://www.jsonrpc.org/specification, docs/json-rpc.md
 */
import { errorOf, isProblem, RigLostError, refusal } from './errors.js';
import { objectIn } from './json.js';
import type { Problem } from './operations.gen.js';
import type { Channel, ChannelListener, Platform } from './platform.js';
import { whenAborted } from './signals.js';

/** How long the answer to a call may take that was cancelled, in milliseconds. */
const CANCEL_MS = 10_000;

/** How JSON writes half of a surrogate pair. The daemon reads no message with one, and so not its id. */
const HALF_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** What a request takes beside its parameters. */
export interface RequestOptions {
  /** A daemon that has not answered after so many milliseconds counts as lost. */
  readonly patienceMs: number;
  /** Ends the call at the daemon. */
  readonly signal?: AbortSignal | undefined;
  /** Takes the result, before the next message of the daemon. */
  readonly onResult?: ((result: unknown) => void) | undefined;
  /** Takes the result of a call that succeeded although `signal` ended it. */
  readonly onCrossed?: ((result: unknown) => void) | undefined;
}

/** Takes the events of a subscription; undefined is their end, with an error if it came too early. */
export type EventTaker = (event: RpcEvent | undefined, error?: RigLostError) => void;

/** The members of `rpc.event`. */
export interface RpcEvent {
  readonly subscription: string;
  readonly id?: string;
  readonly kind: string;
  readonly event?: unknown;
}

/** How a request has ended. */
type Outcome =
  | { readonly result: unknown }
  | { readonly problem: Problem }
  | { readonly lost: string }
  | { readonly aborted: unknown };

interface Pending {
  /** Of its message, in characters. */
  readonly length: number;
  readonly end: (outcome: Outcome) => void;
}

/** A kept WebSocket to `GET /v1/rpc`. Sessions that were begun with `endWithConnection` end with it. */
export class RpcConnection implements ChannelListener {
  readonly #mostCalls: number;
  #channel: Channel | undefined;
  #lost: string | undefined;
  #wasClosed = false;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();
  readonly #takers = new Map<string, EventTaker>();

  private constructor(mostCalls: number) {
    this.#mostCalls = mostCalls;
  }

  /**
   * @param mostCalls how many the daemon has under way at once: `limits.callsPerOwner`
   * @throws RigLostError, RigError
   */
  static async open(platform: Platform, mostCalls: number): Promise<RpcConnection> {
    const connection = new RpcConnection(mostCalls);
    connection.#channel = await platform.openChannel('/v1/rpc', connection);
    return connection;
  }

  /** Whether this side has closed it. */
  get wasClosed(): boolean {
    return this.#wasClosed;
  }

  /** Whether it was closed, or is lost. */
  get isClosed(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Makes a request.
   *
   * @returns the result
   * @throws WinsockError, RefusedError, RigLostError, the signal's reason; TypeError for a text that is no Unicode
   */
  async request(method: string, params: object, options: RequestOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    if (this.#lost !== undefined) throw new RigLostError(this.#lost);
    if (this.#pending.size >= this.#mostCalls) {
      throw refusal('quota', 429, `${this.#mostCalls} calls of this rig are under way`);
    }
    // Errors are made here and not where the message is read, so that their stack shows who made the call.
    const outcome = await this.#outcome(method, params, options);
    if ('problem' in outcome) throw errorOf(outcome.problem);
    if ('lost' in outcome) throw new RigLostError(outcome.lost);
    if ('aborted' in outcome) throw outcome.aborted;
    return outcome.result;
  }

  #outcome(method: string, params: object, options: RequestOptions): Promise<Outcome> {
    const { signal, onResult, onCrossed } = options;
    const id = ++this.#lastId;
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    if (text.includes('\\ud') && HALF_PAIR.test(text)) {
      throw new TypeError('a text has half of a surrogate pair');
    }
    return new Promise((resolve) => {
      let limit = this.#limit(options.patienceMs);
      const abort = () => {
        clearTimeout(limit);
        limit = this.#limit(CANCEL_MS);
        this.#send(JSON.stringify({ jsonrpc: '2.0', method: 'rpc.cancel', params: { id } }));
      };
      const end = (outcome: Outcome) => {
        clearTimeout(limit);
        this.#pending.delete(id);
        forget();
        resolve(signal?.aborted ? { aborted: signal.reason } : outcome);
        if ('result' in outcome) (signal?.aborted ? onCrossed : onResult)?.(outcome.result);
      };
      this.#pending.set(id, { length: text.length, end });
      const forget = whenAborted(signal, abort);
      this.#send(text);
    });
  }

  /** Gives the events of a subscription to a function, until `ignore` or their end. */
  listen(subscription: string, taker: EventTaker): void {
    this.#takers.set(subscription, taker);
  }

  /** Gives the events of a subscription to nobody any more. */
  ignore(subscription: string): void {
    this.#takers.delete(subscription);
  }

  /** Closes it. Calls that wait end with RigLostError. */
  async close(): Promise<void> {
    this.#wasClosed = true;
    this.#end('the rig is closed');
    await this.#channel?.close();
  }

  onText(text: string): void {
    const message = objectIn(text);
    if (message === undefined) this.#giveUp('the daemon sent a message that is no answer');
    else if (isEvent(message)) this.#takers.get(message.params.subscription)?.(message.params);
    else if (isAnswer(message)) this.#take(message);
  }

  onEnd(why: string): void {
    this.#end(`the connection to the daemon has ended: ${why}`);
  }

  #take({ id, result, error }: Answer): void {
    const pending = this.#pending.get(id ?? -1) ?? (id === null ? this.#unread() : undefined);
    if (error === undefined) pending?.end({ result });
    else if (isProblem(error.data)) pending?.end({ problem: error.data });
    else pending?.end(refusal('bad-request', 400, error.message));
  }

  /**
   * The call of an error without an id: the daemon could not read its message, such as one with too many values.
   * That is the longest, since a send or a receive has few.
   */
  #unread(): Pending | undefined {
    return [...this.#pending.values()].sort((one, other) => other.length - one.length)[0];
  }

  #limit(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#giveUp('the daemon does not answer'), ms);
  }

  #send(text: string): void {
    if (this.#lost === undefined) this.#channel?.send(text);
  }

  /** Counts the daemon as lost. */
  #giveUp(why: string): void {
    this.#end(why);
    this.#channel?.abandon();
  }

  #end(why: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = why;
    for (const { end } of [...this.#pending.values()]) end({ lost: why });
    for (const taker of this.#takers.values()) taker(undefined, new RigLostError(why));
    this.#takers.clear();
  }
}

interface Answer {
  readonly id: number | null;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: unknown };
}

const isAnswer = (message: object): message is Answer =>
  'id' in message && (typeof message.id === 'number' || message.id === null);

const isEvent = (message: object): message is { readonly params: RpcEvent } =>
  'method' in message && message.method === 'rpc.event' && 'params' in message;
