import type { NetworkEvents } from '../../providers/provider.js';
import type { Outcome } from '../../winsock/outcome.js';
import type { TrySubscribe } from '../waiting/subscription.js';
import type { NativeSocket } from './native-socket.js';

/** A selection of network events that is in force (WSAEventSelect), whichever id of the socket made it. */
export interface EventSelection<S extends NativeSocket> {
  /** FD_ bits. */
  readonly mask: number;
  /** The handle that it works by: of the id that made the selection, later of one that outlived it. */
  readonly socket: S;
  /** Wakes whenever there may be something to take, and when the selection ends. */
  readonly subscribe: TrySubscribe;
  /** WSAEnumNetworkEvents: copies and clears the record. */
  take(): Outcome<NetworkEvents>;
  /** What was taken did not arrive: the next take has it. */
  putBack(events: NetworkEvents): void;
  /** Records what is so now. To be called after everything that enables events or makes one so. */
  look(): void;
  /** Goes on by another handle of the same socket: the one that it works by is being closed. */
  moveTo(socket: S): void;
  /** Ends the selection, and every wait for it. */
  end(): void;
}
