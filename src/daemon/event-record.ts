import type { NetworkEvents } from '../providers/provider.js';

/**
 * The network event record of one socket: which FD_ events happened since the last look, each with its
 * code. An event is recorded once; it is recorded again only after a call that enables it again:
 *
 * | event | enabled again by |
 * |---|---|
 * | FD_READ, FD_OOB | recv, recvFrom |
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
export class EventRecord {
  readonly #recorded = new Map<number, number>();
  #mask = 0;
  /** Fetched, and not enabled again. */
  #told = 0;

  /** The events that would be recorded if they were so. */
  get armed(): number {
    let recorded = 0;
    for (const event of this.#recorded.keys()) recorded |= event;
    return this.#mask & ~recorded & ~this.#told;
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
    this.#told &= ~events;
    for (const event of this.#recorded.keys()) if (events & event) this.#recorded.delete(event);
  }

  /** Copies and clears. */
  take(): NetworkEvents {
    const errors = new Map(this.#recorded);
    let events = 0;
    for (const event of errors.keys()) events |= event;
    this.#recorded.clear();
    this.#told |= events;
    return { events, errors };
  }

  /** What was taken did not arrive: it is recorded as before, unless it has been enabled again since. */
  putBack({ errors }: NetworkEvents): void {
    for (const [event, code] of errors) {
      if (!(this.#told & event)) continue;
      this.#told &= ~event;
      if (this.#mask & event) this.#recorded.set(event, code);
    }
  }
}
