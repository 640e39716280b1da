import type { Accepted } from '../providers/provider.js';
import type { OptionValue } from '../winsock/options.js';
import type { ConnectAttempt } from './connect-attempt.js';
import { EventRecord } from './event-record.js';
import { Freezes } from './freeze.js';
import type { EventSelection } from './network-events.js';
import { Returned } from './returned.js';
import { Signal } from './signal.js';
import type { Socket } from './socket.js';
import type { SocketState } from './socket-state.js';

/**
 * What the daemon knows of a socket below, however many ids name it (WSADuplicateSocket): the connection,
 * what is shut down, what was given back, and its network events. Lanes, waits, time limits and blocking
 * mode are of each id.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
 */
export class UnderlyingSocket {
  /** The ids that name it and are not closed. */
  readonly ids = new Set<Socket>();
  readonly returned: Returned;
  /** Connections taken from the provider whose reply was not delivered, or that were deferred; they come first. */
  readonly returnedAccepts: Accepted[] = [];
  readonly events = new EventRecord();
  /** Fires when something has changed that a watch of the provider does not see. */
  readonly changes = new Signal();
  readonly freezes = new Freezes(() => this.changes.fire());
  state: Exclude<SocketState, 'closed'>;
  sendShutdown = false;
  receiveShutdown = false;
  peerClosed = false;
  attempt: ConnectAttempt | undefined;
  /** The fault that reset the connection. */
  lostBy: string | undefined;
  /** How the last connect ended: 0, or its code; undefined before, while one is under way, and for accepted ones. */
  connectCode: number | undefined;
  selection: EventSelection | undefined;
  /** An SO_ERROR that was read and did not arrive. */
  keptError: OptionValue | undefined;

  constructor(isStream: boolean, state: 'fresh' | 'connected') {
    this.returned = new Returned(isStream);
    this.state = state;
  }
}
