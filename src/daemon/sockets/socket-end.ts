import type { Outcome } from '../../winsock/outcome.js';
import { Eventual } from '../waiting/eventual.js';

/**
 * The end of one socket id: begun once, and settled when the id has no native handle any more. Whoever ends
 * the socket again gets this one, under way or done.
 */
export class SocketEnd extends Eventual<Outcome<void>> {
  /** While it lingers: the way to end that now. */
  endLinger: ((how: 'close' | 'abort') => void) | undefined;
}
