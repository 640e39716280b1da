import type { Accepted } from '../../providers/provider.js';
import { NETWORK_EVENTS } from '../../winsock/constants.js';
import type { OptionValue } from '../../winsock/options.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { Freezes } from '../faults/freezes.js';
import { Signal } from '../waiting/signal.js';
import type { ConnectAttempt } from './connect-attempt.js';
import { EventRecord } from './event-record.js';
import type { EventSelection } from './event-selection.js';
import { Returned } from './returned-data.js';
import type { Socket } from './socket.js';

const ENABLED_BY_CONNECT = NETWORK_EVENTS.FD_CONNECT | NETWORK_EVENTS.FD_WRITE | NETWORK_EVENTS.FD_CLOSE;

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
  /** The connect that was begun and whose end nobody has been told yet. */
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
  /** It has another state, and so every id that names it. */
  become(state: UnderlyingSocket['state']): void {
    const from = this.state;
    if (from === state) return;
    this.state = state;
    for (const { id, session, ending } of this.ids) {
      if (!ending) session.journal.stateChanged(id, from, state);
    }
  }

  connected(): void {
    this.become('connected');
    this.connectEnded(0);
  }

  /** Follows a connect that was begun until it ends, whether anybody waits for it or not. @param by the id that began it */
  began(attempt: ConnectAttempt, by: Socket): void {
    const before = this.state;
    this.become('connecting');
    this.attempt = attempt;
    this.connectCode = undefined;
    this.events.enable(ENABLED_BY_CONNECT);
    attempt.follow(by, (ended) => {
      this.become(ended.ok ? 'connected' : before);
      this.connectCode = ended.ok ? 0 : ended.code;
      if (ended.ok) {
        for (const { journal } of this.ids) journal.remoteAddress ??= attempt.to;
        // As Winsock: nobody who went without waiting is told that it succeeded. Callee data has no other way.
        if (!attempt.isOwed && !ended.value.calleeData) this.attemptTold(attempt);
      }
      this.changes.fire();
    });
  }

  /** Whoever asked has been told how the connect ended. */
  attemptTold(attempt: ConnectAttempt): void {
    if (this.attempt === attempt) this.attempt = undefined;
  }

  /** The telling did not arrive: the next connect tells it again. */
  attemptUntold(attempt: ConnectAttempt): void {
    attempt.isOwed = true;
    this.attempt ??= attempt;
  }

  /** A connect has ended, and nobody had to follow it. @param code 0, or that of its failure */
  connectEnded(code: number): void {
    this.connectCode = code;
    this.events.enable(ENABLED_BY_CONNECT);
    this.changes.fire();
  }
}
