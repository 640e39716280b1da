import type { Outcome } from '../../winsock/outcome.js';
import { Deferred } from '../waiting/deferred.js';

/** How a lingering close is ended early. */
export type LingerEnd = 'close' | 'abort';

/**
 * The end of one socket id. It begins once, and settles when the native handle of the id is closed. A
 * repeated close gets the same object, settled or not.
 */
export class SocketEnd extends Deferred<Outcome<void>> {
  #endLinger: ((how: LingerEnd) => void) | undefined;
  #lingerEnd: LingerEnd | undefined;

  /** The close lingers from now on, unless `endLinger` was called before. @param end ends the lingering */
  beginLinger(end: (how: LingerEnd) => void): void {
    if (this.#lingerEnd === undefined) this.#endLinger = end;
    else end(this.#lingerEnd);
  }

  /** Ends the lingering: now, or as soon as it begins. */
  endLinger(how: LingerEnd): void {
    this.#lingerEnd ??= how;
    this.#endLinger?.(how);
  }
}
