import type { NetworkEvents } from '../../providers/provider.js';

/**
 * The network event record of one socket: the FD_ events since the last fetch, each with its code. An event
 * is recorded once; it is recorded again only after a call that enables it again:
 *
 * | event | enabled again by |
 * |---|---|
 * | FD_READ, FD_OOB | recv, recvFrom, recvMsg |
 * | FD_ACCEPT | accept |
 * | FD_WRITE | a send that would have had to wait |
 * | FD_CONNECT, FD_CLOSE | the next connect |
 *
 * On a stream, further arrivals enable FD_READ and FD_ACCEPT too, see FurtherArrivals.
 *
 * Enabling also removes an event that was recorded and not fetched: it is recorded anew if its condition
 * still holds. A new selection clears the record, and conditions that still hold are recorded anew, but it
 * does not enable what was fetched. Wine's server/sock.c describes Windows in this way, and Wine's ws2_32
 * behaves so below this daemon. In Microsoft's summary of events, WSAEventSelect records every condition that
 * holds; that was written for WSAAsyncSelect, and is true of that.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect
 */
export class NetworkEventRecord {
  readonly #recorded = new Map<number, number>();
  #mask = 0;
  /** The events that were fetched and not enabled again, each with the fetch that contained it. */
  readonly #fetchedBy = new Map<number, NetworkEvents>();
  /** How many bytes or connections were pending at the socket when FD_READ or FD_ACCEPT was fetched. */
  pendingWhenFetched = 0;

  /** The selected events that are enabled and not recorded yet. */
  get armed(): number {
    return this.#mask & ~bitsOf(this.#recorded) & ~bitsOf(this.#fetchedBy);
  }

  /** The selected events that were fetched and not enabled again. */
  get fetched(): number {
    return this.#mask & bitsOf(this.#fetchedBy);
  }

  get isEmpty(): boolean {
    return this.#recorded.size === 0;
  }

  /** Replaces the selection, and removes what was recorded and not fetched. @param mask FD_ bits */
  select(mask: number): void {
    this.#mask = mask;
    this.#recorded.clear();
  }

  /** Records the current events that are selected and enabled. @param now codes by FD_ bit; 0 is success */
  record(now: ReadonlyMap<number, number>): void {
    for (const [event, code] of now) if (this.armed & event) this.#recorded.set(event, code);
  }

  /** @param events FD_ bits */
  enable(events: number): void {
    for (const about of [this.#fetchedBy, this.#recorded]) {
      for (const event of about.keys()) if (events & event) about.delete(event);
    }
  }

  /** Fetches: returns the record and clears it. */
  take(): NetworkEvents {
    const errors = new Map(this.#recorded);
    const taken: NetworkEvents = { events: bitsOf(errors), errors };
    this.#recorded.clear();
    for (const event of errors.keys()) this.#fetchedBy.set(event, taken);
    return taken;
  }

  /**
   * The answer with what was taken was not delivered: records it as before, except for events that have been
   * enabled since. Those may have been fetched again, and that answer may have been delivered.
   *
   * @param taken the object that `take` returned
   */
  putBack(taken: NetworkEvents): void {
    for (const [event, code] of taken.errors) {
      if (this.#fetchedBy.get(event) !== taken) continue;
      this.#fetchedBy.delete(event);
      if (this.#mask & event) this.#recorded.set(event, code);
    }
  }
}

const bitsOf = (events: ReadonlyMap<number, unknown>): number => {
  let bits = 0;
  for (const event of events.keys()) bits |= event;
  return bits;
};
