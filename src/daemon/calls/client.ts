import type { PieceRoom } from '../memory/piece-rooms.js';
import type { ClientConnection } from './client-connection.js';
import type { Pump } from './pump.js';

/** The client of one request. */
export interface Client {
  /** Whether the client has disconnected. */
  readonly gone: boolean;
  /** Its connection, if that lasts longer than the request. */
  readonly connection?: ClientConnection | undefined;
  /** The pump that makes the call; undefined: the client of a request does. */
  readonly pump?: Pump | undefined;
  /** Results carry received bytes as they are; those of a pump always do. */
  readonly takesRawBytes?: boolean | undefined;
  /** Where a receive puts its bytes; absent: into a new buffer. The next receive of the client overwrites it. */
  readonly room?: PieceRoom | undefined;
  /**
   * `run` is called once if the client disconnects before its reply was written. Only calls that wait
   * subscribe.
   */
  onGone(run: () => void): void;
}
