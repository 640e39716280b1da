import type { Answer } from '../../daemon/answers/answer.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { AnyOperation, Created } from '../operation.js';

/** The far end of one request, as the edge sees it. */
export interface Client {
  /** Whether it has gone away already. */
  readonly gone: boolean;
  /** Runs once if the client goes away before its reply was written. Subscribed to only when a call waits. */
  onGone(run: () => void): void;
}

/** What dispatch gives to the edge. */
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
  /** The faults that had a hand in it, by rule id. */
  readonly faults?: readonly string[] | undefined;
  /** Milliseconds in native calls and their surroundings, and milliseconds waited. */
  readonly timing: { readonly native: number; readonly wait: number };
  /**
   * Must be called exactly once: true when the reply was written to a live connection, false when it was
   * not. What was consumed then goes back: bytes to the socket, an accepted connection to its listener; a
   * new socket or session is closed.
   */
  readonly settle: (delivered: boolean) => void;
}
