import type { NetworkEvents } from '../../providers/provider.js';
import { NETWORK_EVENTS, type ShutdownHow } from '../../winsock/constants.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import type { Outcome } from '../../winsock/outcome.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { CallsInProgress } from '../calls/calls-in-progress.js';
import type { FaultRule } from '../faults/faults.js';
import { Freezes } from '../faults/freezes.js';
import type { SocketJournal } from '../journal/socket-journal.js';
import type { ByteAccount } from '../memory/byte-account.js';
import { Signal } from '../waiting/signal.js';
import type { TrySubscribe } from '../waiting/subscription.js';
import type { ConnectAttempt } from './connect-attempt.js';
import { Inbound, type Receiver } from './inbound.js';
import type { NativeSocket } from './native-socket.js';
import { NetworkEventRecord } from './network-event-record.js';

/** Native codes after which a connection is gone. */
const CONNECTION_LOST: ReadonlySet<number> = new Set([
  WSA_ERRORS.WSAECONNRESET.code,
  WSA_ERRORS.WSAECONNABORTED.code,
  WSA_ERRORS.WSAENETRESET.code,
  WSA_ERRORS.WSAETIMEDOUT.code,
  WSA_ERRORS.WSAEHOSTUNREACH.code,
  WSA_ERRORS.WSAENETUNREACH.code,
]);

const ENABLED_BY_CONNECT = NETWORK_EVENTS.FD_CONNECT | NETWORK_EVENTS.FD_WRITE | NETWORK_EVENTS.FD_CLOSE;

/** A handle of the socket, from which what it shares with others can be reached. */
export type SharedSocket = NativeSocket<UnderlyingSocket>;

/** One of the ids that share the socket, as far as the socket itself has to do with it. */
export interface SharingSocket extends SharedSocket {
  readonly calls: CallsInProgress;
  readonly journal: SocketJournal;
  stateChanged(from: SocketState, to: SocketState): void;
  /** Resets the connection by its handle, as soon as no call works on that. */
  abortWhenIdle(): void;
}

/**
 * A selection of network events that is in force (WSAEventSelect), whichever id of the socket made it. What the
 * socket has to do with it stands here, because NetworkEventSelection itself stands on the socket.
 */
export interface EventSelection {
  /** FD_ bits. */
  readonly mask: number;
  /** The handle that it works by: of the id that made the selection, later of one that outlived it. */
  readonly socket: SharedSocket;
  /** Wakes whenever there may be something to take, and when the selection ends. */
  readonly subscribe: TrySubscribe;
  /** WSAEnumNetworkEvents: copies and clears the record. */
  take(): Outcome<NetworkEvents>;
  /** What was taken did not arrive: the next take has it. */
  putBack(events: NetworkEvents): void;
  /** Records the events that there are now. To be called after whatever enables or causes one. */
  look(): void;
  /** Goes on by another handle of the same socket: the one that it works by is being closed. */
  moveTo(socket: SharedSocket): void;
  /** Ends the selection, and every wait for it. */
  end(): void;
}

/**
 * What the daemon knows of a socket below, however many ids name it (WSADuplicateSocket): the connection,
 * what is shut down, what has arrived, and its network events. Lanes, waits, time limits and blocking
 * mode are of each id.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
 */
export class UnderlyingSocket implements Receiver {
  /** Connection-oriented: has streams, ends and disconnects. */
  readonly isStream: boolean;
  /** The ids that name it and are not closed. */
  readonly ids: SharingSocket[] = [];
  readonly inbound: Inbound;
  /** Fires when something has changed that a watch of the provider does not see. */
  readonly changes = new Signal();
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
  /** SO_ERROR of a stream, as it was set or a connect has left it; undefined: what its provider says. */
  error: number | undefined;
  selection: EventSelection | undefined;
  /**
   * Datagrams are received with what comes with them, by whichever call: it has delivered control data switched on, or
   * was asked for a message. Others go without, which costs less.
   */
  receivesMessages = false;
  readonly #account: Pick<ByteAccount, 'count'>;
  #events: NetworkEventRecord | undefined;
  #freezes: Freezes | undefined;

  /** @param account where the bytes count that it holds */
  constructor(isStream: boolean, state: 'fresh' | 'connected', account: Pick<ByteAccount, 'count'>) {
    this.isStream = isStream;
    this.#account = account;
    this.inbound = new Inbound(this, account);
    this.state = state;
  }

  /** Its network events; few programs ever select any. */
  get events(): NetworkEventRecord {
    this.#events ??= new NetworkEventRecord();
    return this.#events;
  }

  /** A call was made after which these network events are recorded again when they are so. @param events FD_ bits */
  enable(events: number): void {
    this.#events?.enable(events);
  }

  /** Where faults begin to hide what arrives. */
  get freezes(): Freezes {
    this.#freezes ??= new Freezes(() => this.changes.fire(), this.#account);
    return this.#freezes;
  }

  /**
   * The fault that hides what has arrived: bytes, connections, the peer's end, a reset. undefined where none
   * does, and where a receive says something of this side only.
   */
  get frozenBy(): FaultRule | undefined {
    const rule = this.#freezes?.by;
    if (rule === undefined || this.receiveShutdown) return undefined;
    return !this.isStream || this.state === 'connected' || this.state === 'listening' ? rule : undefined;
  }

  /** It has another state, and so every id that names it. */
  become(state: UnderlyingSocket['state']): void {
    const from = this.state;
    if (from === state) return;
    this.state = state;
    for (const id of this.ids) id.stateChanged(from, state);
  }

  sawCode(code: number): void {
    if (this.isStream && this.state === 'connected' && CONNECTION_LOST.has(code)) this.become('reset');
  }

  /** Notes how a connect under way has ended, where the stack has ended it by now. */
  refresh(): void {
    this.attempt?.look();
  }

  connected(): void {
    this.become('connected');
    this.connectEnded(0, true);
  }

  /**
   * Follows a connect that was begun until it ends, whether anybody waits for it or not.
   *
   * @param by the handle that began it
   */
  began(attempt: ConnectAttempt, by: NativeSocket): void {
    const before = this.state;
    this.become('connecting');
    this.attempt = attempt;
    this.connectCode = undefined;
    this.enable(ENABLED_BY_CONNECT);
    attempt.follow(by, (ended) => {
      this.become(ended.ok ? 'connected' : before);
      if (ended.ok) {
        for (const { journal } of this.ids) journal.remoteAddress ??= attempt.to;
        // As Winsock: nobody who went without waiting is told that it succeeded. Callee data has no other way.
        if (!attempt.isOwed && !ended.value.calleeData) this.attemptTold(attempt);
      }
      this.connectEnded(ended.ok ? 0 : ended.code, attempt.blocks);
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

  /**
   * A connect has ended. One that blocked tells its failure in its answer, and leaves SO_ERROR as it was.
   *
   * @param code 0, or that of its failure
   */
  connectEnded(code: number, blocked: boolean): void {
    this.connectCode = code;
    if (code === 0) this.error = undefined;
    else this.error = blocked ? (this.error ?? 0) : code;
    this.enable(ENABLED_BY_CONNECT);
    this.changes.fire();
  }

  /** Notes that one or both directions are shut, and ends the calls waiting there, by whichever id. */
  wasShutDown(how: ShutdownHow): void {
    if (how !== 'SD_RECEIVE') {
      this.sendShutdown = true;
      for (const id of this.ids) id.calls.end('shutdown', 'send');
    }
    if (how !== 'SD_SEND') {
      this.receiveShutdown = true;
      for (const id of this.ids) id.calls.end('shutdown', 'recv');
    }
    this.changes.fire();
  }

  /**
   * Resets the connection and keeps its ids: what waits ends with WSAECONNRESET, and so does every call from
   * now on. The native handles go when the waits have let go.
   *
   * @param faultId the rule that asked for it
   */
  reset(faultId: string): void {
    // The connection is of all ids that were duplicated: it is gone when the last of their handles is.
    const ids = [...this.ids];
    this.lostBy = faultId;
    this.become('reset');
    for (const id of ids) id.calls.reset(faultId);
    // Its watches need the handle.
    this.endSelection();
    for (const id of ids) id.abortWhenIdle();
  }

  /** An id is about to close its handle. Gives whether no other id names the socket. */
  release(id: SharingSocket): boolean {
    const at = this.ids.indexOf(id);
    if (at >= 0) this.ids.splice(at, 1);
    const [other] = this.ids;
    if (other) {
      this.attempt?.moveTo(other);
      if (this.selection?.socket === id) this.selection.moveTo(other);
    } else {
      this.attempt?.abandon();
      this.endSelection();
      this.#freezes?.stop();
    }
    return other === undefined;
  }

  endSelection(): void {
    const { selection } = this;
    this.selection = undefined;
    selection?.end();
  }
}
