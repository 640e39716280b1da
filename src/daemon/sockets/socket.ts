import type { Accepted, Handle, Provider, Readiness, Watch } from '../../providers/provider.js';
import type { ShutdownHow } from '../../winsock/constants.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { done, type Failure, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { isStreamEntry, type ProtocolInfo } from '../../winsock/protocol-info.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { CallsAtWork, type Direction } from '../calls/calls-in-progress.js';
import { Lane } from '../calls/lane.js';
import type { FaultRule } from '../faults/faults.js';
import type { SocketId } from '../ids/ids.js';
import type { SocketJournal } from '../journal/socket-journal.js';
import type { Session } from '../sessions/session.js';
import type { Signal } from '../waiting/signal.js';
import type { ConnectAttempt } from './connect-attempt.js';
import { EventSelection } from './event-selection.js';
import { lostConnection } from './lost-connection.js';
import type { Arrival, Returned } from './returned-data.js';
import type { Ending } from './socket-end.js';
import type { UnderlyingSocket } from './underlying-socket.js';

/** Native codes after which a connection is gone. */
const CONNECTION_LOST: ReadonlySet<number> = new Set(
  (
    [
      'WSAECONNRESET',
      'WSAECONNABORTED',
      'WSAENETRESET',
      'WSAETIMEDOUT',
      'WSAEHOSTUNREACH',
      'WSAENETUNREACH',
    ] as const
  ).map((name) => WSA_ERRORS[name].code),
);

const NO_MORE_WATCHES = 'the call would have to wait, and the system watches no more sockets.';

export interface SocketParts {
  readonly id: SocketId;
  readonly session: Session;
  readonly provider: Provider;
  readonly entry: ProtocolInfo;
  /** The protocol number it was opened with, 0 for the entry's own. */
  readonly protocol: number;
  readonly handle: Handle;
  readonly createdAt: Date;
  readonly underlying: UnderlyingSocket;
  /** The session whose provider it is, where that is another one: it was duplicated from there. */
  readonly home: Session;
}

/**
 * One id: its OS handle, its lanes and its waits. What belongs to the socket below is shared with the ids
 * that were duplicated from it. The handle is given to providers inside `use` and kept nowhere else.
 */
export class Socket {
  readonly id: SocketId;
  readonly session: Session;
  readonly home: Session;
  readonly underlying: UnderlyingSocket;
  readonly entry: ProtocolInfo;
  readonly protocol: number;
  readonly createdAt: Date;
  /** Connection-oriented: has streams, ends and disconnects. */
  readonly isStream: boolean;
  readonly lanes: Readonly<Record<Direction, Lane>> = { send: new Lane(), recv: new Lane() };
  readonly journal: SocketJournal;
  readonly calls = new CallsAtWork();
  /** FIONBIO. */
  nonBlocking = false;
  /** SO_RCVTIMEO and SO_SNDTIMEO in milliseconds, 0: none. */
  readonly timeouts = { recv: 0, send: 0 };
  #provider: Provider;
  readonly #handle: Handle;
  #ending: Ending | undefined;

  constructor(parts: SocketParts) {
    this.id = parts.id;
    this.session = parts.session;
    this.entry = parts.entry;
    this.protocol = parts.protocol;
    this.createdAt = parts.createdAt;
    this.isStream = isStreamEntry(parts.entry);
    this.home = parts.home;
    this.underlying = parts.underlying;
    this.underlying.ids.add(this);
    this.journal = parts.session.journal.begin({
      socketId: parts.id,
      version: parts.session.version,
      provider: parts.provider.name,
      family: parts.entry.addressFamily,
      type: parts.entry.socketType,
    });
    this.#provider = parts.provider;
    this.#handle = parts.handle;
  }

  get state(): SocketState {
    return this.#ending ? 'closed' : this.underlying.state;
  }

  /** The end of the id, from its beginning on; the one thing that says whether the socket is live. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  get sendShutdown(): boolean {
    return this.underlying.sendShutdown;
  }

  get receiveShutdown(): boolean {
    return this.underlying.receiveShutdown;
  }

  get peerClosed(): boolean {
    return this.underlying.peerClosed;
  }

  /** Received and not delivered: comes before what the provider has. */
  get returned(): Returned {
    return this.underlying.returned;
  }

  get returnedAccepts(): Accepted[] {
    return this.underlying.returnedAccepts;
  }

  /** Fires when something has changed that a watch of the provider does not see. */
  get changes(): Signal {
    return this.underlying.changes;
  }

  /** The fault that reset the connection; from then on only `abort` and the end are left. */
  get lostBy(): string | undefined {
    return this.underlying.lostBy;
  }

  /**
   * The fault that hides what has arrived: bytes, connections, the peer's end, a reset. undefined where none
   * does, and where a receive says something of this side only.
   */
  get frozenBy(): FaultRule | undefined {
    const rule = this.underlying.freezes.by;
    if (rule === undefined || this.receiveShutdown) return undefined;
    const { state } = this.underlying;
    return !this.isStream || state === 'connected' || state === 'listening' ? rule : undefined;
  }

  /** The connect that was begun and whose end nobody has been told yet. */
  get attempt(): ConnectAttempt | undefined {
    return this.underlying.attempt;
  }

  /** How the last connect ended; see UnderlyingSocket. */
  get connectCode(): number | undefined {
    return this.underlying.connectCode;
  }

  /** The selection of network events that is in force, whichever id made it. */
  get selection(): EventSelection | undefined {
    return this.underlying.selection;
  }

  get providerName(): Provider['name'] {
    return this.#provider.name;
  }

  /** Makes one call of the provider on this socket's handle. */
  use<T>(run: (provider: Provider, handle: Handle) => T): T {
    const result = run(this.#provider, this.#handle);
    if (this.isStream && this.underlying.state === 'connected') this.#observe(result);
    return result;
  }

  /** Makes a call of the provider that gives what has arrived; while that is hidden, nothing has. */
  take<T>(run: (provider: Provider, handle: Handle) => Outcome<T>): Outcome<T> {
    return this.frozenBy === undefined ? this.use(run) : fail('WSAEWOULDBLOCK', 'recv');
  }

  /**
   * Watches for readiness. What a fault hides wakes nobody; the end of that does. WSAENOBUFS where the system
   * watches no more sockets.
   */
  watch(want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    if (this.frozenBy === undefined) return this.#watchNatively(want, wake);
    const waits: Watch[] = [];
    const stop = (): void => {
      for (const wait of waits.splice(0)) wait.stop();
    };
    const once = (seen: Readiness): void => {
      stop();
      wake(seen);
    };
    const native = want.write ? this.#watchNatively({ write: true }, once) : undefined;
    if (native && !native.ok) return native;
    if (native) waits.push(native.value);
    const changes = this.changes.subscribe(() => {
      if (this.frozenBy === undefined) once({});
    });
    waits.push(changes);
    return ok({ stop });
  }

  #watchNatively(want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    const watch = this.#provider.watch(this.#handle, want, wake);
    return failedWith(watch, 'WSAENOBUFS') ? { ...watch, detail: NO_MORE_WATCHES } : watch;
  }

  bound(): void {
    if (this.underlying.state === 'fresh') this.underlying.become('bound');
  }

  listening(): void {
    this.underlying.become('listening');
    this.changes.fire();
  }

  connected(): void {
    this.underlying.connected();
  }

  /** The association of a datagram socket was dissolved. */
  dissolved(): void {
    this.underlying.become('bound');
  }

  /** The end of the peer's stream was received. */
  sawEnd(): void {
    this.underlying.peerClosed = true;
  }

  /** The id is gone. For the table, which sees to it that a socket ends once. */
  endsWith(ending: Ending): void {
    this.session.journal.stateChanged(this.id, this.state, 'closed');
    this.#ending = ending;
  }

  /** Its handle is about to be closed. Gives whether no other id names the socket. */
  released(): boolean {
    const { ids, attempt, selection } = this.underlying;
    ids.delete(this);
    const [other] = ids;
    if (other) {
      attempt?.moveTo(other);
      if (selection?.socket === this) selection.moveTo(other);
    } else {
      attempt?.abandon();
      this.endSelection();
      this.underlying.freezes.stop();
    }
    return other === undefined;
  }

  /** Whether other ids name the same socket. */
  get isShared(): boolean {
    return this.underlying.ids.size > 1;
  }

  /** Notes how a connect under way has ended, where the stack has ended it by now. */
  refresh(): void {
    this.underlying.attempt?.look();
  }

  /** Notes that one or both directions are shut, and ends the calls waiting there, by whichever id. */
  wasShutDown(how: ShutdownHow): void {
    const { underlying } = this;
    if (how !== 'SD_RECEIVE') {
      underlying.sendShutdown = true;
      for (const id of underlying.ids) id.calls.end('shutdown', 'send');
    }
    if (how !== 'SD_SEND') {
      underlying.receiveShutdown = true;
      for (const id of underlying.ids) id.calls.end('shutdown', 'recv');
    }
    this.changes.fire();
  }

  /** What was received was not delivered: it stands in front again. */
  putBack(item: Arrival | Failure): void {
    this.returned.putBack(item);
    this.changes.fire();
  }

  /** Urgent data that was received was not delivered. */
  putBackUrgent(item: Arrival): void {
    this.returned.putBackUrgent(item);
    this.changes.fire();
  }

  /** An accepted connection was not delivered: the next accept takes it. */
  returnAccepted(accepted: Accepted): void {
    this.returnedAccepts.unshift(accepted);
    this.changes.fire();
  }

  /** WSAEventSelect: replaces the selection, whichever id made it; 0 ends it. @param mask FD_ bits */
  selectEvents(mask: number): Outcome<void> {
    this.endSelection();
    if (mask === 0) return done;
    const begun = EventSelection.begin(this, mask, this.underlying.events);
    if (!begun.ok) return begun;
    this.underlying.selection = begun.value;
    this.nonBlocking = true;
    return done;
  }

  endSelection(): void {
    const { selection } = this.underlying;
    this.underlying.selection = undefined;
    selection?.end();
  }

  /** A call was made after which these network events are recorded again when they are so. @param events FD_ bits */
  enableEvents(events: number): void {
    this.underlying.events.enable(events);
    this.selection?.look();
  }

  #observeCode(code: number): void {
    if (CONNECTION_LOST.has(code)) this.underlying.become('reset');
  }

  /** Notes what a native failure says about the connection. */
  #observe(result: unknown): void {
    if (typeof result !== 'object' || result === null) return;
    if ('code' in result && typeof result.code === 'number') this.#observeCode(result.code);
  }

  /**
   * Closes the last handle of the socket, gracefully or abortively, and notes what that means to the peer: with
   * unread bytes a graceful close resets the connection, too (RFC 2525, section 2.17). Of those that were given
   * back the system does not know that nobody has read them: for them the close is abortive.
   */
  finish(how: 'close' | 'abort'): Outcome<void> {
    if (!this.isStream || this.underlying.state !== 'connected')
      return this.use((provider, s) => provider[how](s));
    const native = this.use((provider, s) => provider.available(s));
    const { bytes } = this.returned;
    const unread = bytes + (native.ok ? native.value : 0);
    this.journal.connectionEnd = { reset: how === 'abort' || unread > 0, unread };
    return this.use((provider, s) => provider[bytes > 0 ? 'abort' : how](s));
  }

  /** A fault resets the connection: no call reaches the provider any more but the abort itself. */
  lose(faultId: string): void {
    this.underlying.lostBy = faultId;
    this.underlying.become('reset');
  }

  /** Resets the connection natively. The handle is gone, whatever the outcome: the provider sees it no more. */
  abort(): Outcome<void> {
    const aborted = this.use((provider, s) => provider.abort(s));
    this.#provider = lostConnection(this.#provider);
    return aborted;
  }

  /** Reads an option; an SO_ERROR that was given back comes first. While a fault hides a reset, there is none. */
  takeOption(option: OptionName): Outcome<OptionValue> {
    if (option === 'SO_ERROR' && this.frozenBy !== undefined) return ok(0);
    const kept = option === 'SO_ERROR' ? this.underlying.keptError : undefined;
    if (kept !== undefined) {
      this.underlying.keptError = undefined;
      return ok(kept);
    }
    const value = this.use((provider, s) => provider.getSockOpt(s, option));
    if (option === 'SO_ERROR' && value.ok && typeof value.value === 'number') this.#sawError(value.value);
    return value;
  }

  #sawError(code: number): void {
    const { state, attempt } = this.underlying;
    if (state === 'connected') this.#observeCode(code);
    if (code !== 0 && attempt?.result?.ok === false) this.underlying.attemptTold(attempt);
  }

  /** An SO_ERROR was read, and so cleared, but did not arrive: the next reader gets it. */
  keepError(value: OptionValue): void {
    if (value !== 0) this.underlying.keptError = value;
  }
}
