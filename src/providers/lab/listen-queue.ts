import { SOMAXCONN } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Acceptor, IncomingCall } from './network.js';
import type { SocketOptions } from './socket-options.js';
import type { EndOptions } from './stream-side.js';

const DEFAULT_LENGTH = 200;
const HINT = { least: 200, most: 65_535 } as const;

/**
 * How many calls a listener queues for a `backlog`: SOMAXCONN is the provider's choice, SOMAXCONN_HINT(n)
 * (minus n) 200 to 65,535, other values are cut to 1 to 200 without a word.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
 */
export const queueLength = (backlog: number): number => {
  if (backlog === SOMAXCONN) return DEFAULT_LENGTH;
  if (backlog < 0) return Math.min(HINT.most, Math.max(HINT.least, -backlog));
  return Math.min(DEFAULT_LENGTH, Math.max(1, backlog));
};

/** A call, and its number in this queue. */
export interface QueuedCall {
  readonly id: number;
  readonly call: IncomingCall;
}

/** The calls that a listening socket has not accepted yet. */
export class ListenQueue implements Acceptor {
  readonly buffers: EndOptions;
  readonly conditional: boolean;
  readonly #calls: QueuedCall[] = [];
  readonly #limit: number;
  readonly #changed: () => void;
  #lastId = 0;

  constructor(backlog: number, options: SocketOptions, changed: () => void) {
    this.#limit = queueLength(backlog);
    this.buffers = options;
    this.conditional = options.conditionalAccept;
    this.#changed = changed;
  }

  get length(): number {
    return this.#calls.length;
  }

  offer(call: IncomingCall): boolean {
    if (this.#calls.length >= this.#limit) return false;
    this.#lastId += 1;
    this.#calls.push({ id: this.#lastId, call });
    this.#changed();
    return true;
  }

  /**
   * The call that came first; it stays. WSAEWOULDBLOCK without one; a call whose caller has gone is told once,
   * as WSAECONNRESET, and dropped.
   *
   * @param name the Winsock function that asks
   * @param only the number of the call that is meant: WSAEACCES, and nothing happens, when another is first
   */
  first(name: string, only?: QueuedCall['id']): Outcome<QueuedCall> {
    const first = this.#calls[0];
    if (!first) return fail('WSAEWOULDBLOCK', name);
    if (only !== undefined && first.id !== only) return fail('WSAEACCES', name);
    if (first.call.end.broken === undefined) return ok(first);
    this.#calls.shift();
    return fail('WSAECONNRESET', name, { detail: 'the caller went away before it was accepted.' });
  }

  /** Takes the call that came first. */
  take(name: string, only?: QueuedCall['id']): Outcome<IncomingCall> {
    const first = this.first(name, only);
    if (!first.ok) return first;
    this.#calls.shift();
    return ok(first.value.call);
  }

  /**
   * Turns the call that came first away. WSAEOPNOTSUPP when data is to go with it and the caller's connect has
   * ended already.
   */
  reject(disconnectData: Uint8Array | undefined, name: string, only?: QueuedCall['id']): Outcome<QueuedCall> {
    const first = this.first(name, only);
    if (!first.ok) return first;
    const { call } = first.value;
    if (disconnectData !== undefined && !call.waits) {
      return fail('WSAEOPNOTSUPP', name, {
        detail: 'the connect of the caller has ended already; set SO_CONDITIONAL_ACCEPT before listen.',
      });
    }
    this.#calls.shift();
    call.turnAway(disconnectData);
    return first;
  }

  /** The listener closes. */
  turnAwayAll(): void {
    for (const { call } of this.#calls.splice(0)) call.turnAway();
  }
}
