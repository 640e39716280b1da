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
 * How many calls a listener queues for a `backlog`: the provider chooses for SOMAXCONN; SOMAXCONN_HINT(n),
 * which is -n, is limited to 200 to 65,535; other values are silently limited to 1 to 200.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
 */
export const queueLength = (backlog: number): number => {
  if (backlog === SOMAXCONN) return DEFAULT_LENGTH;
  if (backlog < 0) return Math.min(HINT.most, Math.max(HINT.least, -backlog));
  return Math.min(DEFAULT_LENGTH, Math.max(1, backlog));
};

/** A connect that has reached a listener and waits in its queue. All addresses are in wire form. */
export interface IncomingCall {
  readonly from: InternetAddress;
  readonly to: InternetAddress;
  /** The end of the accepting side; broken when the caller is gone before the accept. */
  readonly end: StreamEnd;
  /** Connect data. A call with it is confirmed at accept, because the confirmation can carry data back. */
  readonly callerData: Uint8Array | undefined;
  /** Confirms the call at accept. Does nothing for a call that was confirmed when it was queued. */
  confirm(calleeData: Uint8Array | undefined): void;
  /** Whether the caller waits for the listener's decision. */
  readonly waits: boolean;
  /**
   * Refuses the call: WSAECONNREFUSED for a caller that waits, a reset for one that was confirmed.
   *
   * @param disconnectData for a caller that waits
   */
  turnAway(disconnectData?: Uint8Array): void;
}

interface QueuedCall {
  /** The call as the listener sees it; its id counts the calls of this queue. */
  readonly offer: Offer;
  readonly call: IncomingCall;
}

/**
 * The memory of a connection with both ends. It counts here, because the callers of queued calls may be
 * gone.
 */
const CALL_BYTES = 4096;

const ACCEPT = 'WSAAccept';

/** The calls that a listening socket has not accepted yet. */
export class ListenQueue {
  /** The options of the listener. */
  readonly options: SocketOptions;
  readonly #calls: QueuedCall[] = [];
  readonly #limit: number;
  readonly #family: Family;
  readonly #memory: Memory;
  readonly #changed: () => void;
  #lastId = 0;

  /** @param memory accounts for the queued calls */
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

  /** Queues the call; false when the queue or the memory is full. */
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
   * Returns the first call and keeps it. WSAEWOULDBLOCK without one. A call whose caller is gone is reported
   * once, as WSAECONNRESET, and discarded.
   *
   * @param only the expected call: WSAEACCES, and nothing happens, when another one is first
   */
  first(only?: Offer['id']): Outcome<QueuedCall> {
    const first = this.#calls[0];
    if (!first) return fail('WSAEWOULDBLOCK', ACCEPT);
    if (only !== undefined && first.offer.id !== only) return fail('WSAEACCES', ACCEPT);
    if (first.call.end.broken === undefined) return ok(first);
    this.#drop();
    return fail('WSAECONNRESET', ACCEPT);
  }

  /** Removes the first call; fails as `first` does. */
  take(only?: Offer['id']): Outcome<QueuedCall> {
    const first = this.first(only);
    if (first.ok) this.#drop();
    return first;
  }

  /**
   * Refuses the first call; fails as `first` does. WSAEOPNOTSUPP for disconnect data when the caller's
   * connect has ended already.
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

  /** Refuses every call, because the listener closes. */
  turnAwayAll(): void {
    const calls = this.#calls.splice(0);
    this.#memory.release(calls.length * CALL_BYTES);
    for (const { call } of calls) call.turnAway();
  }

  /** Removes the first call. */
  #drop(): void {
    this.#calls.shift();
    this.#memory.release(CALL_BYTES);
  }
}
