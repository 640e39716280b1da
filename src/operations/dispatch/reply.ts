import type { Answer } from '../../daemon/answers/answer.js';
import type { Client } from '../../daemon/calls/client.js';
import { ClientConnection, type ConnectionEnd } from '../../daemon/calls/client-connection.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { AnyOperation, Created } from '../operation.js';

export { type Client, ClientConnection, type ConnectionEnd };

/**
 * Whether an answer was delivered. `collected`: it has been put into an answer of several calls, which is not
 * written yet.
 */
export type Delivery = boolean | 'collected';

/** The times of a call, milliseconds. */
export interface Timing {
  /** In native calls and their surroundings. */
  readonly native: number;
  readonly wait: number;
  /** From the instant before which it was not to begin until it began. */
  readonly late?: number | undefined;
}

/** The result of dispatch, for the edge. */
export interface Reply {
  readonly operation: AnyOperation;
  readonly answer: Answer<object>;
  /** Where the answer came from: members of a problem document. */
  readonly context: {
    readonly sessionId?: string;
    readonly socketId?: string;
    readonly provider?: ProviderName;
    readonly state?: SocketState;
  };
  /** What the operation has created. */
  readonly created?: Created | undefined;
  /** Ends what was created; absent if nothing was. Something that has ended since stays as it is. */
  readonly endCreated?: (() => void) | undefined;
  /** The ids of the faults that acted on the call. */
  readonly faults?: readonly string[] | undefined;
  readonly timing: Timing;
  /**
   * Must be called: with true if the reply was written to a live connection, else with false. The first call
   * counts. After false, what the call consumed is restored: bytes to the socket, an accepted connection to
   * its listener; a new socket or session is closed.
   *
   * `collected` may come before: then the next call of the socket has its turn, nothing is restored, and the
   * next true or false counts. After false, what the call created ends.
   */
  readonly settle: (delivered: Delivery) => void;
}
