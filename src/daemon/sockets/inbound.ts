import type { Accepted, Offer, Readiness, Watch } from '../../providers/provider.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Answer } from '../answers/answer.js';
import type { FaultRule } from '../faults/fault-rule.js';
import type { Holds } from '../faults/holds.js';
import type { Direction, PassedBytes } from '../faults/passed-bytes.js';
import type { ByteAccount } from '../memory/byte-account.js';
import type { DelayedDatagrams } from './delayed-datagrams.js';
import type { NativeSocket, SocketOfHandle } from './native-socket.js';
import { type Arrival, UndeliveredData } from './undelivered-data.js';

const { POLLRDNORM, POLLRDBAND, POLLERR, POLLHUP } = POLL_EVENTS;

/** The events that report something that has arrived. */
const ARRIVED = POLLRDNORM | POLLRDBAND | POLLERR | POLLHUP;

/** The end of the peer, or the loss of the connection. */
const ENDED = POLLERR | POLLHUP;

const NO_BYTES = Buffer.alloc(0);
const NO_WATCH: Watch = Object.freeze({ stop: () => {} });
const NOTHING_SEEN = Object.freeze(fail('WSAEWOULDBLOCK', 'recv'));

/** The receiving side of a socket. */
export interface Receiver extends SocketOfHandle {
  readonly isStream: boolean;
  readonly receiveShutdown: boolean;
  /** The fault that hides what has arrived, if there is one now. */
  readonly frozenBy: FaultRule | undefined;
  readonly passed: PassedBytes;
  /** What faults hold back now in a direction. */
  activeHolds(direction: Direction): Holds | undefined;
}

/** One receive of at most that many bytes. */
type FromProvider = (most: number) => Answer<Arrival>;

/**
 * Everything that has arrived at a socket and is not delivered. Bytes, an urgent byte and connections are
 * held here if the answer that contained them was not delivered. They precede what the provider has. While a
 * fault freezes the socket, neither is visible. What other faults hold back stays in the provider.
 *
 * The socket may have several ids; `by` is the calling id, with its handle and its provider.
 */
export class Inbound {
  readonly #socket: Receiver;
  readonly #data: UndeliveredData;
  /** Connections that were not delivered, or whose acceptance was deferred. */
  readonly #accepts: Accepted[] = [];
  #taken = 0;
  #isCut = false;
  /** The datagrams that a fault delays; all of the provider go there first. */
  #delayed: DelayedDatagrams | undefined;

  /** @param account counts the bytes that are held here */
  constructor(socket: Receiver, account: Pick<ByteAccount, 'count'>) {
    this.#socket = socket;
    this.#data = new UndeliveredData(socket.isStream, account);
  }

  /** Whether faults hide all that has arrived. */
  get isHidden(): boolean {
    if (this.#socket.frozenBy !== undefined) return true;
    return this.#socket.activeHolds('recv')?.passes === 0 && this.#held === 0;
  }

  /** The POLL bits that the provider may report, and faults hide. */
  get hiddenBits(): number {
    if (this.#socket.frozenBy !== undefined) return ARRIVED;
    const holds = this.#socket.activeHolds('recv');
    if (!holds) return 0;
    return (holds.passes === 0 ? POLLRDNORM : 0) | (holds.hidesEnd ? ENDED : 0);
  }

  /** Whether a fault has ended the stream behind the bytes that were received. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** A fault ends the stream here: whatever else arrives, every receive from now on gives the end. */
  cut(): void {
    this.#isCut = true;
    this.#socket.changes.fire();
  }

  /** The Arrival's `order` of what was just taken from the provider. */
  nextOrder(bytes: number): number {
    const order = this.#taken;
    // An empty datagram counts too.
    this.#taken += bytes + 1;
    return order;
  }

  /**
   * Receives. Held bytes of a stream precede those of the provider: one receive returns both, as FIONREAD
   * reports, and a peek sees both.
   */
  receive(by: NativeSocket, most: number, peek: boolean, fromProvider: FromProvider): Answer<Arrival> {
    const got = this.#receive(by, most, peek, fromProvider);
    if (got.ok && !peek) this.#socket.passed.recv += got.value.data.length;
    return got;
  }

  #receive(by: NativeSocket, most: number, peek: boolean, fromProvider: FromProvider): Answer<Arrival> {
    if (this.#socket.frozenBy !== undefined) return NOTHING_SEEN;
    const held = this.#socket.receiveShutdown ? undefined : this.#data.take(most, peek);
    if (!held) return this.#withoutHeld(most, peek, fromProvider);
    if (!held.ok || !this.#socket.isStream || held.value.data.length >= most) return held;
    const room = Math.min(most - held.value.data.length, this.#bytesBehindHeld(by));
    if (room === 0) return held;
    const more = this.#withoutHeld(room, peek, fromProvider);
    // The next call reports an end, an error, a refusal or WSAEWOULDBLOCK.
    return more.ok ? ok({ ...held.value, data: Buffer.concat([held.value.data, more.value.data]) }) : held;
  }

  /** Whether a fault delays datagrams. */
  get isDelayed(): boolean {
    return this.#delayed !== undefined;
  }

  /** From now on datagrams are received from there; until `keep`. */
  delay(delayed: DelayedDatagrams): void {
    this.#delayed = delayed;
  }

  /** The delay is over: what was not received precedes what the provider has. */
  keep(items: readonly Outcome<Arrival>[]): void {
    this.#delayed = undefined;
    for (const item of items) this.#data.putBack(item);
  }

  /** Receives from the provider what faults let pass. */
  #withoutHeld(most: number, peek: boolean, fromProvider: FromProvider): Answer<Arrival> {
    if (this.#givesEnd) return this.#end;
    const holds = this.#socket.activeHolds('recv');
    if (!holds) return fromProvider(most);
    const { passes } = holds;
    if (passes === 0) return NOTHING_SEEN;
    // A datagram is received whole.
    const got =
      this.#delayed?.take(most, peek) ?? fromProvider(this.#socket.isStream ? Math.min(most, passes) : most);
    if (got.ok && !peek) holds.passed(got.value.data.length);
    return got;
  }

  /** A receive after SD_RECEIVE reports that, and not the end. */
  get #givesEnd(): boolean {
    return this.#isCut && !this.#socket.receiveShutdown;
  }

  get #end(): Outcome<Arrival> {
    return ok({ data: NO_BYTES, eof: true, truncated: false, order: this.#taken });
  }

  /** Receives the urgent byte. Only a freeze holds it back: it is not part of the stream. */
  receiveUrgent(most: number, peek: boolean, fromProvider: FromProvider): Answer<Arrival> {
    if (this.#socket.frozenBy !== undefined) return NOTHING_SEEN;
    const held = this.#socket.receiveShutdown ? undefined : this.#data.takeUrgent(peek);
    if (held) return held;
    return this.#givesEnd ? this.#end : fromProvider(most);
  }

  putBack(item: Outcome<Arrival>): void {
    if (item.ok) this.#socket.passed.recv -= item.value.data.length;
    this.#data.putBack(item);
    this.#socket.changes.fire();
  }

  putBackUrgent(item: Arrival): void {
    this.#data.putBackUrgent(item);
    this.#socket.changes.fire();
  }

  /** Bytes that are held: they are unread, but to the provider they were received. */
  get heldBytes(): number {
    return this.#data.bytes;
  }

  /** The provider has dropped its queue. */
  queueDropped(): void {
    this.#delayed?.clear();
    this.#data.clear();
  }

  /** The socket has ended, and what is held goes with it. */
  end(): void {
    this.#data.end();
  }

  /**
   * FIONREAD: on a stream the bytes that one receive would return, on datagram sockets all that is queued.
   */
  bytesAvailable(by: NativeSocket): Outcome<number> {
    const waiting = by.use((provider, s) => provider.available(s));
    if (!waiting.ok) return waiting;
    if (this.isHidden) return ok(0);
    const { isStream } = this.#socket;
    if (isStream && !this.#data.isEmpty) return ok(this.#data.bytes + this.#bytesBehindHeld(by));
    return ok(this.#data.bytes + this.#shown(waiting.value));
  }

  /** How many of so many bytes in the provider show. */
  #shown(waiting: number): number {
    if (this.#isCut) return 0;
    if (this.#delayed) return this.#delayed.dueBytes;
    const holds = this.#socket.activeHolds('recv');
    return holds ? Math.min(waiting, holds.passes) : waiting;
  }

  /**
   * Bytes of a stream in the provider that one receive returns together with the held ones. Urgent data may
   * directly follow the held bytes, and a receive ends before it. So the number is 0 while urgent data is
   * pending, and with SO_OOBINLINE, where no call reports whether it is.
   */
  #bytesBehindHeld(by: NativeSocket): number {
    const noneUrgent = by.use((provider, s) => provider.atMark(s));
    if (!noneUrgent.ok || !noneUrgent.value) return 0;
    const inline = by.use((provider, s) => provider.getSockOpt(s, 'SO_OOBINLINE'));
    if (inline.ok && inline.value === true) return 0;
    const waiting = by.use((provider, s) => provider.available(s));
    return waiting.ok ? this.#shown(waiting.value) : 0;
  }

  /** SIOCATMARK: whether no urgent data is pending out of line. */
  atMark(by: NativeSocket): Outcome<boolean> {
    const none = by.use((provider, s) => provider.atMark(s));
    const isFrozen = this.#socket.frozenBy !== undefined;
    return none.ok ? ok(isFrozen || (none.value && !this.#data.hasUrgent)) : none;
  }

  /** WSARecvDisconnect. While the peer's end is hidden, its disconnect data is not there either. */
  recvDisconnect(by: NativeSocket, room: number): Outcome<Uint8Array | undefined> {
    const most = this.#isCut || this.hiddenBits & POLLHUP ? undefined : room;
    return by.use((provider, s) => provider.recvDisconnect(s, most, this.heldBytes));
  }

  /** Takes the next connection; the parameters are those of Provider.accept. */
  accept(by: NativeSocket, callee?: Buffer, only?: Offer['id']): Outcome<Accepted> {
    if (this.isHidden) return NOTHING_SEEN;
    const held = this.#accepts.shift();
    return held ? ok(held) : by.use((provider, s) => provider.accept(s, callee, only));
  }

  /**
   * The next connection, without accepting it. If the provider has it, it is accepted natively and held here.
   */
  peekAccept(by: NativeSocket): Outcome<Accepted> {
    const [held] = this.#accepts;
    if (held && !this.isHidden) return ok(held);
    const taken = this.accept(by);
    if (taken.ok) this.putBackAccept(taken.value);
    return taken;
  }

  /** Whether a connection is held; it precedes those of the provider. */
  get holdsAccept(): boolean {
    return this.#accepts.length > 0;
  }

  /** Puts the connection first in the queue. */
  putBackAccept(accepted: Accepted): void {
    this.#accepts.unshift(accepted);
    this.#socket.changes.fire();
  }

  /** The listener is closed: resets the held connections, as the system does with those in its queue. */
  abortAccepts(by: NativeSocket): void {
    for (const { handle } of this.#accepts.splice(0)) by.use((provider) => provider.abort(handle));
  }

  /** The POLL bits of WSAPoll. @param others the bits that the provider and the socket's state give */
  readiness(others: number): number {
    const { receiveShutdown, frozenBy } = this.#socket;
    if (frozenBy !== undefined) return others & ~ARRIVED;
    const isDelayedDue = this.#delayed !== undefined && this.#socket.activeHolds('recv')?.passes !== 0;
    const isReadable =
      this.holdsAccept || (!receiveShutdown && !this.#data.isEmpty) || (isDelayedDue && !receiveShutdown);
    const held = (isReadable ? POLLRDNORM : 0) | (!receiveShutdown && this.#data.hasUrgent ? POLLRDBAND : 0);
    return held | (this.#givesEnd ? (others & ~ARRIVED) | POLLHUP : others & ~this.hiddenBits);
  }

  /**
   * How many bytes or connections are pending at a stream, held or in the provider, hidden or not: to be
   * compared with an earlier value.
   */
  pendingAmount(by: NativeSocket): number {
    const native = by.use((provider, s) => provider.arrivals?.waiting(s));
    return this.#held + (native?.ok ? native.value : 0);
  }

  /** Wakes once, in a later event loop turn, when more than that amount is pending. */
  watchForMore(by: NativeSocket, than: number, wake: () => void): Outcome<Watch> {
    const more = than - this.#held;
    return by.use((provider, s) => provider.arrivals?.watch(s, more, wake)) ?? ok(NO_WATCH);
  }

  get #held(): number {
    return this.heldBytes + this.#accepts.length;
  }

  /**
   * As NativeSocket.watch, without what faults hold back. When something more shows, or may be sent, the
   * socket's `changes` fire.
   */
  watch(by: NativeSocket, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    const hidden = this.hiddenBits;
    const isSendHeld = this.#socket.activeHolds('send')?.passes === 0;
    if (hidden === 0 && !isSendHeld) return by.watch(want, wake);
    const shown: Readiness = {
      read: want.read === true && (hidden & POLLRDNORM) === 0,
      write: want.write === true && !isSendHeld,
      urgent: want.urgent === true && (hidden & POLLRDBAND) === 0,
      hangup: want.hangup === true && (hidden & POLLHUP) === 0,
    };
    const isAnyShown = shown.read || shown.write || shown.urgent || shown.hangup;
    return isAnyShown ? by.watch(shown, wake) : ok(NO_WATCH);
  }
}
