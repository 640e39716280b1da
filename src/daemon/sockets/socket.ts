import type { Handle, Provider } from '../../providers/provider.js';
import type { ShutdownHow } from '../../winsock/constants.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { CallsInProgress, type Direction } from '../calls/calls-in-progress.js';
import { Lane } from '../calls/lane.js';
import type { Later } from '../faults/call-faults.js';
import type { FaultRule, RelayPlace } from '../faults/fault-rule.js';
import type { PassedBytes } from '../faults/passed-bytes.js';
import type { SocketId } from '../ids/ids.js';
import type { SocketJournal } from '../journal/socket-journal.js';
import type { Session } from '../sessions/session.js';
import type { Signal } from '../waiting/signal.js';
import type { ConnectAttempt } from './connect-attempt.js';
import type { Inbound } from './inbound.js';
import { NativeSocket } from './native-socket.js';
import { NetworkEventSelection } from './network-event-selection.js';
import type { SocketEnd } from './socket-end.js';
import type { EventSelection, SharingId, UnderlyingSocket } from './underlying-socket.js';

/** What a socket is made of, apart from its id. */
export interface SocketParts {
  readonly session: Session;
  readonly provider: Provider;
  readonly entry: ProtocolInfo;
  /** The protocol number that it was opened with; 0 is the entry's own. */
  readonly protocol: number;
  readonly handle: Handle;
  readonly underlying: UnderlyingSocket;
  /** The session that owns the provider: that of the original socket, if this one is a duplicate. */
  readonly providerSession: Session;
}

/**
 * One id of a socket: its native handle, its lanes and its waits. It shares the underlying socket with its
 * duplicates.
 */
export class Socket extends NativeSocket<UnderlyingSocket> implements SharingId {
  readonly id: SocketId;
  /** Its number among the sockets of its session, from 1. */
  readonly number: number;
  readonly session: Session;
  readonly providerSession: Session;
  readonly entry: ProtocolInfo;
  readonly protocol: number;
  readonly createdAt: Date;
  readonly lanes: Readonly<Record<Direction, Lane>> = { send: new Lane(), recv: new Lane() };
  readonly journal: SocketJournal;
  readonly calls = new CallsInProgress();
  /** FIONBIO. */
  nonBlocking = false;
  /** SO_RCVTIMEO and SO_SNDTIMEO in milliseconds, 0: none. */
  readonly timeouts = { recv: 0, send: 0 };
  /** The place in a relay that moves its bytes. */
  relay: RelayPlace | undefined;
  #ending: SocketEnd | undefined;

  constructor(id: SocketId, number: number, createdAt: Date, parts: SocketParts) {
    super(parts.provider, parts.handle, parts.underlying);
    this.id = id;
    this.number = number;
    this.createdAt = createdAt;
    this.session = parts.session;
    this.entry = parts.entry;
    this.protocol = parts.protocol;
    this.providerSession = parts.providerSession;
    this.underlying.ids.push(this);
    this.journal = parts.session.journal.beginSocket({
      socketId: id,
      version: parts.session.version,
      provider: parts.provider.name,
      family: parts.entry.addressFamily,
      type: parts.entry.socketType,
    });
  }

  get state(): SocketState {
    return this.#ending ? 'closed' : this.underlying.state;
  }

  /** The end of the id, as soon as it has begun; a socket without one is live. */
  get ending(): SocketEnd | undefined {
    return this.#ending;
  }

  /** Connection-oriented: has streams, ends and disconnects. */
  get isStream(): boolean {
    return this.underlying.isStream;
  }

  /** What has arrived and is not delivered. */
  get inbound(): Inbound {
    return this.underlying.inbound;
  }

  /** Fires after a change that a watch of the provider does not report. */
  get changes(): Signal {
    return this.underlying.changes;
  }

  /** The id of the fault that reset the connection. The socket can then only be closed. */
  get resetBy(): string | undefined {
    return this.underlying.resetBy;
  }

  /** The fault that hides what has arrived; see UnderlyingSocket. */
  get frozenBy(): FaultRule | undefined {
    return this.underlying.frozenBy;
  }

  /** The bytes that the underlying socket has moved. */
  get passed(): PassedBytes {
    return this.underlying.passed;
  }

  /** The connect whose result no call has reported yet. */
  get attempt(): ConnectAttempt | undefined {
    return this.underlying.attempt;
  }

  /** The current selection of network events, whichever id made it. */
  get selection(): EventSelection | undefined {
    return this.underlying.selection;
  }

  bound(): void {
    if (this.underlying.state !== 'fresh') return;
    this.underlying.become('bound');
    this.changes.fire();
  }

  /** A call that binds implicitly has failed: asks the provider whether it has bound the socket. */
  noteIfBound(): void {
    if (this.state === 'fresh' && this.use((provider, s) => provider.getSockName(s)).ok) this.bound();
  }

  listening(): void {
    this.underlying.become('listening');
    this.changes.fire();
  }

  /** The default peer of a datagram socket was removed. */
  peerRemoved(): void {
    if (this.state === 'fresh') this.noteIfBound();
    else this.underlying.become('bound');
  }

  /** The end of the peer's stream was received. */
  receivedEof(): void {
    this.underlying.peerClosed = true;
  }

  /** The id ends. Only for the table, which ends a socket once. */
  beginEnd(ending: SocketEnd): void {
    this.session.journal.stateChanged(this.id, this.state, 'closed');
    this.#ending = ending;
    this.lanes.recv.holder?.socketEnded?.();
  }

  stateChanged(from: SocketState, to: SocketState): void {
    if (!this.#ending) this.session.journal.stateChanged(this.id, from, to);
  }

  abortWhenIdle(): void {
    const abort = (): void => {
      // A close that has begun since then aborts the handle itself.
      if (!this.#ending) this.abort();
    };
    const idle = this.calls.whenIdle();
    if (idle) void idle.then(abort);
    else abort();
  }

  /** Whether other ids share the same socket. */
  get isShared(): boolean {
    return this.underlying.ids.length > 1;
  }

  /** WSAEventSelect: replaces the selection, whichever id made it; 0 ends it. @param mask FD_ bits */
  selectEvents(mask: number): Outcome<void> {
    this.underlying.endSelection();
    if (mask === 0) return done;
    const begun = NetworkEventSelection.begin(this, mask);
    if (!begun.ok) return begun;
    this.underlying.selection = begun.value;
    this.nonBlocking = true;
    return done;
  }

  /** Enables network events again, after a call that does so. @param events FD_ bits */
  enableEvents(events: number): void {
    this.underlying.enable(events);
    this.selection?.update();
  }

  /**
   * shutdown: ends one or both directions for every id of the socket.
   *
   * @param later a fault lets the end of sending reach the system later
   */
  shutdown(how: ShutdownHow, later?: Later): Outcome<void> {
    if (how !== 'SD_RECEIVE' && this.#endedLater(later, undefined)) {
      return how === 'SD_BOTH' ? this.shutdown('SD_RECEIVE') : done;
    }
    const { heldBytes } = this.inbound;
    return this.#noteShutdown(
      how,
      this.use((provider, s) => provider.shutdown(s, how, heldBytes)),
    );
  }

  /**
   * WSASendDisconnect: ends sending for every id of the socket.
   *
   * @param data disconnect data, if the entry has it
   * @param later as for shutdown
   */
  sendDisconnect(data: Uint8Array | undefined, later?: Later): Outcome<void> {
    if (this.underlying.endsSendingWithout(data)) return fail('WSAESHUTDOWN', 'WSASendDisconnect');
    if (this.#endedLater(later, data)) return done;
    return this.#noteShutdown(
      'SD_SEND',
      this.use((provider, s) => provider.sendDisconnect(s, data)),
    );
  }

  /** Ends sending later, if there is a connection that can end; whether the end is to come later. */
  #endedLater(later: Later | undefined, data: Uint8Array | undefined): boolean {
    const { isStream, state, sendShutdown, endsSendingLater } = this.underlying;
    if (endsSendingLater) return true;
    if (!later || !isStream || state !== 'connected' || sendShutdown) return false;
    this.underlying.endSendingLater(later, this, data);
    return true;
  }

  #noteShutdown(how: ShutdownHow, done: Outcome<void>): Outcome<void> {
    if (done.ok) this.underlying.wasShutDown(how);
    return done;
  }

  /**
   * Closes the last handle of the socket, gracefully or abortively, and notes what the peer sees: with unread
   * bytes a graceful close resets the connection too (RFC 2525, section 2.17). The system does not know that
   * bytes held here are unread, so with them the close is abortive.
   */
  closeLastHandle(how: 'close' | 'abort'): Outcome<void> {
    if (!this.isStream || this.underlying.state !== 'connected')
      return this.use((provider, s) => provider[how](s));
    const { heldBytes } = this.inbound;
    const unread = heldBytes + this.#unreadInProvider();
    this.journal.connectionEnd = { reset: how === 'abort' || unread > 0, unread };
    return this.use((provider, s) => provider[heldBytes > 0 ? 'abort' : how](s));
  }

  /** Unread bytes that the provider has; none after the end of the peer's stream was received. */
  #unreadInProvider(): number {
    if (this.underlying.peerClosed && !this.inbound.isCut) return 0;
    const native = this.use((provider, s) => provider.available(s));
    return native.ok ? native.value : 0;
  }

  /** Reads an option. Reading SO_ERROR leaves it as it is, but counts as the report of a failed connect. */
  getOption(option: OptionName): Outcome<OptionValue> {
    if (option !== 'SO_ERROR') return this.use((provider, s) => provider.getSockOpt(s, option));
    const { underlying } = this;
    underlying.refresh();
    const { error: known } = underlying;
    const value = known === undefined ? this.use((provider, s) => provider.getSockOpt(s, option)) : ok(known);
    const { attempt } = underlying;
    if (value.ok && value.value !== 0 && attempt?.result?.ok === false) underlying.attemptReported(attempt);
    return value;
  }
}
