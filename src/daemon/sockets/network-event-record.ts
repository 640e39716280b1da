import type { NetworkEvents } from '../../providers/provider.js';

/**
 * The network event record of one socket: which FD_ events happened since the last look, each with its
 * code. An event is recorded once; it is recorded again only after a call that enables it again:
 *
 * | event | enabled again by |
 * |---|---|
 * | FD_READ, FD_OOB | recv, recvFrom, recvMsg |
 * | FD_ACCEPT | accept |
 * | FD_WRITE | a send that would have had to wait |
 * | FD_CONNECT, FD_CLOSE | the next connect |
 *
 * Enabling also takes back what was recorded and not fetched: whether it is so is looked at anew. A new
 * selection clears the record, so that what is still so is recorded anew, but does not enable what was fetched:
 * that is how Wine's server/sock.c found Windows to behave, and what its ws2_32 does below this daemon.
 * Microsoft's summary of events lets WSAEventSelect record everything that is so; written for WSAAsyncSelect,
 * it is true of that.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect
 */
export class NetworkEventRecord {
  readonly #recorded = new Map<number, number>();
  #mask = 0;
  /** Fetched, and not enabled again: each with what it was fetched by. */
  readonly #told = new Map<number, NetworkEvents>();

  /** The events that would be recorded if they were so. */
  get armed(): number {
    return this.#mask & ~bitsOf(this.#recorded) & ~bitsOf(this.#told);
  }

  get isEmpty(): boolean {
    return this.#recorded.size === 0;
  }

  /** Replaces the selection, and forgets what was recorded and not fetched. @param mask FD_ bits */
  select(mask: number): void {
    this.#mask = mask;
    this.#recorded.clear();
  }

  /** Records what is so now, as far as it is selected and enabled. @param now codes by FD_ bit, 0 for well */
  see(now: ReadonlyMap<number, number>): void {
    for (const [event, code] of now) if (this.armed & event) this.#recorded.set(event, code);
  }

  /** @param events FD_ bits */
  enable(events: number): void {
    for (const about of [this.#told, this.#recorded]) {
      for (const event of about.keys()) if (events & event) about.delete(event);
    }
  }

  /** Copies and clears. */
  take(): NetworkEvents {
    const errors = new Map(this.#recorded);
    const taken: NetworkEvents = { events: bitsOf(errors), errors };
    this.#recorded.clear();
    for (const event of errors.keys()) this.#told.set(event, taken);
    return taken;
  }

  /**
   * What was taken did not arrive: it is recorded as before, unless it has been enabled again since. Then it may
   * have been taken again too, and that may have arrived.
   *
   * @param taken what `take` gave, itself
   */
  putBack(taken: NetworkEvents): void {
    for (const [event, code] of taken.errors) {
      if (this.#told.get(event) !== taken) continue;
      this.#told.delete(event);
      if (this.#mask & event) this.#recorded.set(event, code);
    }
  }
}

const bitsOf = (events: ReadonlyMap<number, unknown>): number => {
  let bits = 0;
  for (const event of events.keys()) bits |= event;
  return bits;
};
