import type { Calls } from './calls.js';
import type { RigLostError } from './errors.js';
import type {
  EventKind,
  GapEvent,
  OperationEvent,
  RelayEvent,
  SessionEvent,
  StateEvent,
  UndeliveredEvent,
} from './operations.gen.js';
import type { RpcEvent } from './rpc.js';
import { whenAborted } from './signals.js';

/** An event of the daemon, with its id: docs/journal-and-events.md. */
export type RigEvent = {
  [Kind in keyof EventOfKind]: {
    readonly kind: Kind;
    readonly id?: string;
    readonly event: EventOfKind[Kind];
  };
}[keyof EventOfKind];

interface EventOfKind {
  readonly operation: OperationEvent;
  readonly undelivered: UndeliveredEvent;
  readonly state: StateEvent;
  readonly session: SessionEvent;
  readonly relay: RelayEvent;
  /** Events were left out, since they came faster than they were sent. */
  readonly gap: GapEvent;
}

export interface SubscribeOptions {
  /** Which events; all unless given. */
  readonly kinds?: readonly EventKind[] | undefined;
  /** The id of the last event that was received: those after it come first, as far as they are kept. */
  readonly after?: string | undefined;
  /** Most events that wait for their reader; 10,000 unless given. Beyond them the iteration ends with an error. */
  readonly limit?: number | undefined;
  /** Ends the subscription; the iteration is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const LIMIT = 10_000;

/** The events from the subscription on, for one `for await`. A `break` ends the subscription. */
export class Subscription implements AsyncIterableIterator<RigEvent> {
  readonly #calls: Calls;
  readonly #limit: number;
  readonly #waiting: RigEvent[] = [];
  #name = '';
  /** Why there are no more; undefined inside is an end without an error. */
  #end: { readonly error: unknown } | undefined;
  /** Makes the signal of the caller forget it. */
  #forget = (): void => undefined;
  /** Ask the calls of `next` that wait to look again. */
  #wakes: (() => void)[] = [];

  private constructor(calls: Calls, limit: number) {
    this.#calls = calls;
    this.#limit = limit;
  }

  /** @param ids `sessionId` or `socketId`, if only their events are wanted */
  static async open(calls: Calls, ids: object, options: SubscribeOptions): Promise<Subscription> {
    const { kinds, after, limit = LIMIT, signal } = options;
    const subscription = new Subscription(calls, limit);
    const subscribed = (result: unknown) => subscription.#begin(result);
    await calls.connection.request(
      'rpc.subscribe',
      { ...ids, kinds, after },
      {
        patienceMs: calls.patienceMs,
        signal,
        onResult: subscribed,
        onCrossed: (result) => subscription.#cancel(result),
      },
    );
    if (signal?.aborted) subscription.#stop(signal.reason);
    if (subscription.#end === undefined) {
      subscription.#forget = whenAborted(signal, () => subscription.#stop(signal?.reason));
    }
    return subscription;
  }

  async next(): Promise<IteratorResult<RigEvent, undefined>> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wakes.push(resolve);
      });
    }
  }

  /** Ends the subscription. */
  return(): Promise<IteratorResult<RigEvent, undefined>> {
    this.#waiting.length = 0;
    this.#stop(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Before the next message of the daemon, which may be an event. */
  #begin(result: unknown): void {
    this.#name = nameIn(result);
    this.#calls.connection.listen(this.#name, (event, error) => this.#take(event, error));
  }

  #cancel(result: unknown): void {
    this.#name = nameIn(result);
    this.#stop(undefined);
  }

  #take(event: RpcEvent | undefined, error: RigLostError | undefined): void {
    if (event === undefined) this.#finish(error);
    else if (event.kind === 'end') this.#stop(undefined);
    else if (this.#waiting.length >= this.#limit) {
      this.#stop(new RangeError(`more than ${this.#limit} events wait for their reader`));
    } else if (isRigEvent(event)) this.#waiting.push(event);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  #stop(error: unknown): void {
    if (this.#end !== undefined) return;
    const { connection, patienceMs } = this.#calls;
    connection.ignore(this.#name);
    this.#finish(error);
    // Its only failure is the loss of the connection, with which the subscription has ended, too.
    connection
      .request('rpc.unsubscribe', { subscription: this.#name }, { patienceMs })
      .catch(() => undefined);
  }

  #finish(error: unknown): void {
    this.#end ??= { error };
    this.#forget();
    this.#wake();
  }
}

const nameIn = (result: unknown): string =>
  typeof result === 'object' && result !== null && 'subscription' in result
    ? String(result.subscription)
    : '';

/** Its data are what the schema of its kind says. */
const isRigEvent = (event: RpcEvent): event is RpcEvent & RigEvent => event.event !== undefined;
