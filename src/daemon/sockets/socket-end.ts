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
  #endDelay: (() => void) | undefined;
  #isDelayOver = false;

  /**
   * A fault delays the native close from now on.
   *
   * @param end makes it now, if it has not been made; without lingering, if it is told how that ends
   */
  beginDelay(end: (how?: LingerEnd) => void): void {
    this.#endDelay = () => end();
    this.beginLinger(end);
    if (this.#isDelayOver) this.endDelay();
  }

  /** The native close is made at once, or as soon as the id is idle. It lingers as it would have later. */
  endDelay(): void {
    this.#isDelayOver = true;
    this.#endDelay?.();
  }

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
