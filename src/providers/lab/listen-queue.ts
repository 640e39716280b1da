import type { InternetAddress } from '../../winsock/addresses.js';
import { SOMAXCONN } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Offer } from '../provider.js';
import { nonEmpty } from './connect-and-disconnect-data.js';
import { asSeenBy, type Family } from './endpoints.js';
import type { Memory } from './memory.js';
import type { SocketOptions } from './socket-options.js';
import type { StreamEnd } from './stream-end.js';

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

/** A connect that has reached a listener and waits in its queue. All addresses are on the wire. */
export interface IncomingCall {
  readonly from: InternetAddress;
  readonly to: InternetAddress;
  /** The accepting side's end. Broken when the caller has gone before it was accepted. */
  readonly end: StreamEnd;
  /** Connect data. A call with it is confirmed by accept, since the confirm may carry data back. */
  readonly callerData: Uint8Array | undefined;
  /** Accepted. Does nothing for a call that was confirmed when it was queued. */
  confirm(calleeData: Uint8Array | undefined): void;
  /** Whether the caller waits for the listener's decision. */
  readonly waits: boolean;
  /**
   * The listener closes or rejects: WSAECONNREFUSED for a caller that waits, a reset for one that was confirmed.
   *
   * @param disconnectData for a caller that waits
   */
  turnAway(disconnectData?: Uint8Array): void;
}

interface QueuedCall {
  /** What the listener sees of the call; its id is a number in this queue. */
  readonly offer: Offer;
  readonly call: IncomingCall;
}

/** What a connection with both its ends takes. Of those that wait the callers may have gone: no socket counts them. */
const CALL_BYTES = 4096;

const ACCEPT = 'WSAAccept';

/** The calls that a listening socket has not accepted yet. */
export class ListenQueue {
  /** Those of the listener. */
  readonly options: SocketOptions;
  readonly #calls: QueuedCall[] = [];
  readonly #limit: number;
  readonly #family: Family;
  readonly #memory: Memory;
  readonly #changed: () => void;
  #lastId = 0;

  /** @param memory where the calls count that wait */
  constructor(backlog: number, family: Family, options: SocketOptions, memory: Memory, changed: () => void) {
    this.#memory = memory;
    this.#limit = queueLength(backlog);
    this.#family = family;
    this.options = options;
    this.#changed = changed;
  }

  get length(): number {
    return this.#calls.length;
  }

  /** Puts the call into the queue; false when that, or the memory, is full. */
  offer(call: IncomingCall): boolean {
    if (this.#calls.length >= this.#limit || !this.#memory.fits(CALL_BYTES)) return false;
    this.#memory.count(CALL_BYTES);
    this.#lastId += 1;
    const callerData = nonEmpty(call.callerData);
    const remote = asSeenBy(this.#family, call.from);
    this.#calls.push({ offer: { id: this.#lastId, remote, ...(callerData && { callerData }) }, call });
    this.#changed();
    return true;
  }

  /**
   * The call that came first; it stays. WSAEWOULDBLOCK without one; a call whose caller has gone is told once, as
   * WSAECONNRESET, and dropped.
   *
   * @param only the call that is meant: WSAEACCES, and nothing happens, when another is first
   */
  first(only?: Offer['id']): Outcome<QueuedCall> {
    const first = this.#calls[0];
    if (!first) return fail('WSAEWOULDBLOCK', ACCEPT);
    if (only !== undefined && first.offer.id !== only) return fail('WSAEACCES', ACCEPT);
    if (first.call.end.broken === undefined) return ok(first);
    this.#drop();
    return fail('WSAECONNRESET', ACCEPT);
  }

  /** Takes the call that came first; fails as `first` does. */
  take(only?: Offer['id']): Outcome<QueuedCall> {
    const first = this.first(only);
    if (first.ok) this.#drop();
    return first;
  }

  /**
   * Turns the call that came first away; fails as `first` does. WSAEOPNOTSUPP when data is to go with it and the
   * caller's connect has ended already.
   */
  reject(disconnectData: Uint8Array | undefined, only: Offer['id'] | undefined): Outcome<Offer> {
    const first = this.first(only);
    if (!first.ok) return first;
    const { offer, call } = first.value;
    if (disconnectData !== undefined && !call.waits) {
      return fail('WSAEOPNOTSUPP', ACCEPT, {
        detail: 'the connect of the caller has ended already; set SO_CONDITIONAL_ACCEPT before listen.',
      });
    }
    this.#drop();
    call.turnAway(disconnectData);
    return ok(offer);
  }

  /** The listener closes. */
  turnAwayAll(): void {
    const calls = this.#calls.splice(0);
    this.#memory.release(calls.length * CALL_BYTES);
    for (const { call } of calls) call.turnAway();
  }

  /** The first is in the queue no more. */
  #drop(): void {
    this.#calls.shift();
    this.#memory.release(CALL_BYTES);
  }
}
