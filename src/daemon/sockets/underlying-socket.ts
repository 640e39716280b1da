import type { NetworkEvents } from '../../providers/provider.js';
import { NETWORK_EVENTS, type ShutdownHow } from '../../winsock/constants.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import type { Outcome } from '../../winsock/outcome.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { CallsInProgress } from '../calls/calls-in-progress.js';
import type { Later } from '../faults/call-faults.js';
import type { FaultRule } from '../faults/fault-rule.js';
import { Freezes } from '../faults/freezes.js';
import { Holds } from '../faults/holds.js';
import type { Direction, PassedBytes } from '../faults/passed-bytes.js';
import type { SocketJournal } from '../journal/socket-journal.js';
import type { ByteAccount } from '../memory/byte-account.js';
import { Signal } from '../waiting/signal.js';
import type { TrySubscribe } from '../waiting/subscription.js';
import type { ConnectAttempt } from './connect-attempt.js';
import { Inbound, type Receiver } from './inbound.js';
import { LaterEnd } from './later-end.js';
import type { NativeSocket } from './native-socket.js';
import { NetworkEventRecord } from './network-event-record.js';

/** Native codes that mean that the connection is lost. */
const CONNECTION_LOST: ReadonlySet<number> = new Set([
  WSA_ERRORS.WSAECONNRESET.code,
  WSA_ERRORS.WSAECONNABORTED.code,
  WSA_ERRORS.WSAENETRESET.code,
  WSA_ERRORS.WSAETIMEDOUT.code,
  WSA_ERRORS.WSAEHOSTUNREACH.code,
  WSA_ERRORS.WSAENETUNREACH.code,
]);

const ENABLED_BY_CONNECT = NETWORK_EVENTS.FD_CONNECT | NETWORK_EVENTS.FD_WRITE | NETWORK_EVENTS.FD_CLOSE;

/** Counts what a socket holds. */
type HeldBytes = Pick<ByteAccount, 'count' | 'fits' | 'fitsQueue'>;

/** A native handle with the underlying socket, which it may share with other handles. */
export type SocketHandle = NativeSocket<UnderlyingSocket>;

/** One of the ids that share the socket, as far as the socket itself needs it. */
export interface SharingId extends SocketHandle {
  readonly calls: CallsInProgress;
  readonly journal: SocketJournal;
  stateChanged(from: SocketState, to: SocketState): void;
  /** Resets the connection through its handle, as soon as no call works on the handle. */
  abortWhenIdle(): void;
}

/**
 * The current selection of network events (WSAEventSelect), whichever id of the socket made it. The interface
 * is here because NetworkEventSelection imports this file.
 */
export interface EventSelection {
  /** FD_ bits. */
  readonly mask: number;
  /** The handle that it uses: of the id that made the selection or, once that is closed, of another id. */
  readonly socket: SocketHandle;
  /** Wakes when there may be events to take, and when the selection ends. */
  readonly subscribe: TrySubscribe;
  /** WSAEnumNetworkEvents: copies and clears the record. */
  take(): Outcome<NetworkEvents>;
  /** The answer with these events was not delivered: the next take returns them. */
  putBack(events: NetworkEvents): void;
  /** Records the current events. To be called after everything that enables or causes one. */
  update(): void;
  /** Uses another handle of the same socket from now on: the one used so far is being closed. */
  moveTo(socket: SocketHandle): void;
  /** Ends the selection, and wakes every wait for it. */
  end(): void;
}

/**
 * What the daemon knows of a socket, however many ids share it (WSADuplicateSocket): the connection, what is
 * shut down, what has arrived, and its network events. Each id has its own lanes, waits, time limits and
 * blocking mode.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
 */
export class UnderlyingSocket implements Receiver {
  /** Connection-oriented: has streams, ends and disconnects. */
  readonly isStream: boolean;
  /** The open ids that share it. An array, since it mostly has one, and a Set takes much more memory. */
  readonly ids: SharingId[] = [];
  readonly inbound: Inbound;
  readonly passed: PassedBytes = { send: 0, recv: 0 };
  /** Fires after a change that a watch of the provider does not report. */
  readonly changes = new Signal();
  state: Exclude<SocketState, 'closed'>;
  sendShutdown = false;
  receiveShutdown = false;
  peerClosed = false;
  /** The connect whose result no call has reported yet. */
  attempt: ConnectAttempt | undefined;
  /** The id of the fault that reset the connection. */
  resetBy: string | undefined;
  /**
   * How the last connect ended: 0, or its code; undefined before, during one, and for an accepted connection.
   */
  connectCode: number | undefined;
  /** SO_ERROR of a stream, as it was set or as a connect has left it; undefined: the provider's value. */
  error: number | undefined;
  selection: EventSelection | undefined;
  /** The end of sending, while a fault keeps it from the system. */
  #laterEnd: LaterEnd | undefined;
  /**
   * Whether every receive takes a datagram's control data: an option has asked for it, or recvMsg was called.
   * Receives without it cost less.
   */
  receivesMessages = false;
  readonly #account: HeldBytes;
  #events: NetworkEventRecord | undefined;
  #freezes: Freezes | undefined;
  #holds: Readonly<Record<Direction, Holds>> | undefined;

  /** @param account counts the bytes that it holds */
  constructor(isStream: boolean, state: 'fresh' | 'connected', account: HeldBytes) {
    this.isStream = isStream;
    this.#account = account;
    this.inbound = new Inbound(this, account);
    this.state = state;
  }

  /** Its network events; created on demand, because few programs select any. */
  get events(): NetworkEventRecord {
    this.#events ??= new NetworkEventRecord();
    return this.#events;
  }

  /** Enables network events again, after a call that does so. @param events FD_ bits */
  enable(events: number): void {
    this.#events?.enable(events);
  }

  /** The freezes, with which faults hide what arrives; created on demand. */
  get freezes(): Freezes {
    this.#freezes ??= new Freezes(() => this.changes.fire(), this.#account);
    return this.#freezes;
  }

  /**
   * The fault that hides what has arrived: bytes, connections, the peer's end, a reset. undefined if none
   * does, and if a receive would report only the state of this side.
   */
  get frozenBy(): FaultRule | undefined {
    const rule = this.#freezes?.activeRule;
    if (rule === undefined || this.receiveShutdown) return undefined;
    return !this.isStream || this.state === 'connected' || this.state === 'listening' ? rule : undefined;
  }

  /** The account of its owner. */
  get account(): HeldBytes {
    return this.#account;
  }

  /** What faults hold back in a direction; created on demand. */
  holds(direction: Direction): Holds {
    const changed = (): void => this.changes.fire();
    this.#holds ??= { send: new Holds(changed, this.#account), recv: new Holds(changed, this.#account) };
    return this.#holds[direction];
  }

  /** Whether faults have held back anything: a call may have been refused only because of that. */
  get hasHolds(): boolean {
    return this.#holds !== undefined;
  }

  /**
   * What faults hold back in a direction now; undefined if nothing, and if a call there would report only the
   * state of this side.
   */
  activeHolds(direction: Direction): Holds | undefined {
    const holds = this.#holds?.[direction];
    if (!holds?.areAny || (direction === 'send' ? this.sendShutdown : this.receiveShutdown)) return undefined;
    return !this.isStream || this.state === 'connected' ? holds : undefined;
  }

  #stopHolds(): void {
    this.#holds?.send.stopAll();
    this.#holds?.recv.stopAll();
  }

  /** Whether sending has ended, and a fault keeps that from the system. */
  get endsSendingLater(): boolean {
    return this.#laterEnd !== undefined;
  }

  /** Whether sending has ended in that way, with other disconnect data. Zero bytes are none. */
  endsSendingWithout(data: Uint8Array | undefined): boolean {
    return this.#laterEnd !== undefined && data !== undefined && !this.#laterEnd.has(data);
  }

  /**
   * Ends sending for the calls now, and for the system later: when the time is over, or at the close.
   *
   * @param by the id whose handle makes the native call, unless it is closed before
   * @param data disconnect data
   */
  endSendingLater(later: Later, by: SharingId, data: Uint8Array | undefined): void {
    this.#laterEnd = new LaterEnd(later, by, data, this.#account, () => {
      this.#laterEnd = undefined;
    });
    this.wasShutDown('SD_SEND');
  }

  /** Before the close: what was to reach the system later reaches it now or, before a reset, never. */
  settleEnd(how: 'close' | 'abort'): void {
    this.#laterEnd?.settle(how);
  }

  /** Changes the state, and notifies every id. */
  become(state: UnderlyingSocket['state']): void {
    const from = this.state;
    if (from === state) return;
    this.state = state;
    if (state === 'reset') {
      this.#stopHolds();
      this.settleEnd('abort');
    }
    if (state === 'connected' || state === 'bound') this.#holds?.recv.beginAll();
    for (const id of this.ids) id.stateChanged(from, state);
  }

  noteFailure(code: number): void {
    if (this.isStream && this.state === 'connected' && CONNECTION_LOST.has(code)) this.become('reset');
  }

  /** Polls the connect in progress, if there is one. */
  refresh(): void {
    this.attempt?.poll();
  }

  connected(): void {
    this.become('connected');
    this.connectEnded(0, true);
  }

  /**
   * Watches a connect until it ends, whether a call waits for it or not.
   *
   * @param by the handle that began it
   */
  connectBegan(attempt: ConnectAttempt, by: NativeSocket): void {
    const before = this.state;
    this.become('connecting');
    this.attempt = attempt;
    this.connectCode = undefined;
    this.enable(ENABLED_BY_CONNECT);
    attempt.follow(by, (ended) => {
      this.become(ended.ok ? 'connected' : before);
      if (ended.ok) {
        for (const { journal } of this.ids) journal.remoteAddress ??= attempt.to;
        // As in Winsock, no later connect reports success unless a call has waited. Only callee data must be
        // kept.
        if (!attempt.mustReport && !ended.value.calleeData) this.attemptReported(attempt);
      }
      this.connectEnded(ended.ok ? 0 : ended.code, attempt.blocks);
    });
  }

  /** A call reports how the connect ended. */
  attemptReported(attempt: ConnectAttempt): void {
    if (this.attempt === attempt) this.attempt = undefined;
  }

  /** The answer with the result was not delivered: the next connect reports it again. */
  attemptNotReported(attempt: ConnectAttempt): void {
    attempt.mustReport = true;
    this.attempt ??= attempt;
  }

  /**
   * A connect has ended. One that blocked reports its failure in its answer, and leaves SO_ERROR as it was.
   *
   * @param code 0, or the code of its failure
   */
  connectEnded(code: number, blocked: boolean): void {
    this.connectCode = code;
    if (code === 0) this.error = undefined;
    else this.error = blocked ? (this.error ?? 0) : code;
    this.enable(ENABLED_BY_CONNECT);
    this.changes.fire();
  }

  /** Notes that one or both directions are shut down, and ends the calls that wait there, on every id. */
  wasShutDown(how: ShutdownHow): void {
    if (how !== 'SD_RECEIVE') {
      this.sendShutdown = true;
      this.#holds?.send.stopAll();
      for (const id of this.ids) id.calls.end('shutdown', 'send');
    }
    if (how !== 'SD_SEND') {
      this.receiveShutdown = true;
      this.#holds?.recv.stopAll();
      for (const id of this.ids) id.calls.end('shutdown', 'recv');
    }
    this.changes.fire();
  }

  /**
   * Resets the connection and keeps the ids: pending calls end with WSAECONNRESET, and so does every later
   * call. The native handles are closed when no call works on them.
   *
   * @param faultId the rule that does it
   */
  reset(faultId: string): void {
    // The connection belongs to all duplicates: it ends when the last of their handles is closed.
    const ids = [...this.ids];
    this.resetBy = faultId;
    this.become('reset');
    for (const id of ids) id.calls.endByReset(faultId);
    // Before the handles are closed, because the selection watches one.
    this.endSelection();
    for (const id of ids) id.abortWhenIdle();
  }

  /** An id is about to close its handle. Returns whether it was the last id of the socket. */
  release(id: SharingId): boolean {
    const at = this.ids.indexOf(id);
    if (at >= 0) this.ids.splice(at, 1);
    const [other] = this.ids;
    this.#holds?.recv.pauseAll();
    if (other) {
      this.#holds?.recv.beginAll();
      this.#laterEnd?.moveFrom(id, other);
      this.attempt?.moveTo(other);
      if (this.selection?.socket === id) this.selection.moveTo(other);
    } else {
      this.attempt?.stopWatching();
      this.endSelection();
      this.#freezes?.stop();
      this.#stopHolds();
    }
    return other === undefined;
  }

  endSelection(): void {
    const { selection } = this;
    this.selection = undefined;
    selection?.end();
  }
}
