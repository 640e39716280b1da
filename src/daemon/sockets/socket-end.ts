import type { Outcome } from '../../winsock/outcome.js';
import { Eventual } from '../waiting/eventual.js';

/** How a close ends that lingers no longer. */
export type LingerEnd = 'close' | 'abort';

/**
 * The end of one socket id: begun once, and settled when the id has no native handle any more. Whoever ends
 * the socket again gets this one, under way or done.
 */
export class SocketEnd extends Eventual<Outcome<void>> {
  #endLinger: ((how: LingerEnd) => void) | undefined;
  #lingerEnd: LingerEnd | undefined;

  /** Its close lingers from now on, unless that is to end already. @param end the way to end it */
  lingers(end: (how: LingerEnd) => void): void {
    if (this.#lingerEnd === undefined) this.#endLinger = end;
    else end(this.#lingerEnd);
  }

  /** Ends its lingering: now, or at once when the calls before the close, and other closes, let it begin. */
  endLinger(how: LingerEnd): void {
    this.#lingerEnd ??= how;
    this.#endLinger?.(how);
  }
}
