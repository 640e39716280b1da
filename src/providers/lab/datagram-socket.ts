import type { InternetAddress, SocketAddress } from '../../winsock/addresses.js';
import type { ShutdownHow } from '../../winsock/constants.js';
import type { ControlMessage } from '../../winsock/control-messages.js';
import type { PlainIoctl } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Connected, Readiness, Received } from '../provider.js';
import { type Datagram, DatagramQueue, memoryOf } from './datagram-queue.js';
import { asSeenBy, isBroadcast, isWildcard, sameEndpoint, sourceTowards, wireForm } from './endpoints.js';
import { type Fate, isPeek, LabSocket, receivable, sendable } from './lab-socket.js';
import { Memberships } from './memberships.js';
import { NO_MEMORY } from './memory.js';
import type { DatagramOwner } from './network.js';
import { controlOf, flagsOf, headerTo } from './packet-header.js';
import { unreachableNetworkOf } from './unreachable-networks.js';
import { ALL_READY } from './watches.js';

/** The most unreachable datagrams that are remembered for later receives. */
const MOST_UNREACHABLE = 256;

const NO_CONTROL: readonly ControlMessage[] = Object.freeze([]);

/** A connectionless socket of the lab: whole messages, no promises. */
export class DatagramSocket extends LabSocket implements DatagramOwner {
  readonly stream = false;
  readonly listening = false;
  readonly connectedFor = undefined;
  readonly connectError = undefined;
  readonly hasFailed = false;
  /** Only streams use this. */
  readonly waiting = 0;
  /** A datagram leaves the socket as soon as it is sent. */
  readonly unsent = 0;
  protected readonly ports = this.network.datagrams(this.entry.protocol);
  /** The default peer, in its wire form. */
  protected peer: InternetAddress | undefined;
  readonly #queue = new DatagramQueue(this.network.memory);
  readonly #memberships = new Memberships(this.family);
  #sendShut = false;
  receiveShut = false;
  /** How many unreachable datagrams are still to be reported, one for each receive. */
  #unreportedUnreachable = 0;
  /** SIO_UDP_CONNRESET: whether receives report unreachable datagrams. */
  #udpConnReset = true;

  get readiness(): Readiness {
    if (this.#unreportedUnreachable > 0 && !this.receiveShut) return ALL_READY;
    return { read: this.bound && (this.receiveShut || this.#queue.length > 0), write: true };
  }

  protected get local(): InternetAddress | undefined {
    const address = this.held?.address;
    return address && this.peer ? sourceTowards(this.peer, address) : address;
  }

  /**
   * Sets the default peer and filter, or removes them for the all-zero address. Discards the queued
   * datagrams.
   */
  connect(to: SocketAddress, callerData: Uint8Array | undefined): Outcome<Connected> {
    const call = 'WSAConnect';
    if (to.family !== this.family) return fail('WSAEFAULT', call);
    if (callerData !== undefined) return fail('WSAEPROTONOSUPPORT', call);
    const peer = wireForm(to);
    if (isWildcard(peer)) {
      this.#setPeer(undefined);
      return ok({ queueDropped: true });
    }
    if (!this.isDestination(peer)) return fail('WSAEADDRNOTAVAIL', call);
    // Without a route there is no local address to choose; an unreachable host shows only when a datagram is
    // sent.
    if (unreachableNetworkOf(peer)?.code === 'WSAENETUNREACH') return fail('WSAENETUNREACH', call);
    const bound = this.bindIfUnbound(call);
    if (!bound.ok) return bound;
    this.#setPeer(peer);
    return ok({ queueDropped: true });
  }

  finishConnect(): Outcome<Connected> {
    return this.peer ? ok({}) : fail('WSAENOTCONN', 'WSAConnect');
  }

  send(data: Uint8Array, flags: number, fate: Fate): Outcome<number> {
    return this.#transmit(data, flags, undefined, 'WSASend', fate);
  }

  sendTo(data: Uint8Array, flags: number, to: SocketAddress, fate: Fate): Outcome<number> {
    const call = 'WSASendTo';
    if (to.family !== this.family) return fail('WSAEFAULT', call);
    return this.#transmit(data, flags, wireForm(to), call, fate);
  }

  sendMsg(
    data: Uint8Array,
    flags: number,
    to: SocketAddress | undefined,
    control: readonly ControlMessage[],
    fate: Fate,
  ): Outcome<number> {
    const call = 'WSASendMsg';
    if (to && to.family !== this.family) return fail('WSAEFAULT', call);
    return this.#transmit(data, flags, to && wireForm(to), call, fate, control);
  }

  recv(into: Uint8Array, flags: number): Outcome<Received> {
    const received = this.#receive(into, flags, 'WSARecv');
    if (!received.ok) return received;
    const { bytes, eof, truncated } = received.value;
    return ok({ bytes, eof, truncated });
  }

  recvFrom(into: Uint8Array, flags: number): Outcome<Received> {
    const received = this.#receive(into, flags, 'WSARecvFrom');
    if (!received.ok) return received;
    const { header: _, ...facts } = received.value;
    return ok(facts);
  }

  recvMsg(into: Uint8Array, flags: number): Outcome<Received> {
    const received = this.#receive(into, flags, 'WSARecvMsg');
    if (!received.ok) return received;
    const { header, ...facts } = received.value;
    return ok({
      ...facts,
      flags: flagsOf(header),
      control: controlOf(header, (option) => this.options.flags[option]),
    });
  }

  /** Needs no peer. Arriving datagrams are still queued, as with UDP. */
  shutdown(how: ShutdownHow): Outcome<void> {
    if (how !== 'SD_RECEIVE') this.#sendShut = true;
    if (how !== 'SD_SEND') this.receiveShut = true;
    this.watches.check();
    return done;
  }

  sendDisconnect(data: Uint8Array | undefined): Outcome<void> {
    if (data !== undefined) return fail('WSAENOPROTOOPT', 'WSASendDisconnect');
    return this.shutdown('SD_SEND');
  }

  recvDisconnect(): Outcome<Uint8Array | undefined> {
    this.shutdown('SD_RECEIVE');
    return ok(undefined);
  }

  /** The total bytes of all queued datagrams, as FIONREAD on Windows. */
  available(): Outcome<number> {
    return ok(this.#queue.bytes);
  }

  isMemberOf({ address }: InternetAddress): boolean {
    return this.#memberships.has(address);
  }

  override setSockOpt(option: OptionName, value: OptionValue): Outcome<void> {
    return this.#memberships.set(option, value) ?? super.setSockOpt(option, value);
  }

  override ioctl(request: PlainIoctl, members: readonly number[]): Outcome<number | undefined> {
    switch (request) {
      case 'SIO_UDP_CONNRESET':
        this.#udpConnReset = members[0] !== 0;
        return ok(undefined);
      case 'SIO_ENABLE_CIRCULAR_QUEUEING':
        this.#queue.circular = true;
        return ok(undefined);
      default:
        return super.ioctl(request, members);
    }
  }

  deliver(datagram: Datagram): boolean {
    if (this.peer && !sameEndpoint(this.peer, datagram.from)) return false;
    this.#queue.push(datagram, this.options.receiveBuffer);
    this.watches.check();
    return true;
  }

  protected release(): void {
    this.#setPeer(undefined);
  }

  #setPeer(peer: InternetAddress | undefined): void {
    this.peer = peer;
    this.#queue.clear();
    this.#unreportedUnreachable = 0;
  }

  /** @param given the destination in its wire form; undefined: the peer */
  #transmit(
    data: Uint8Array,
    flags: number,
    given: InternetAddress | undefined,
    call: string,
    fate: Fate,
    control: readonly ControlMessage[] = NO_CONTROL,
  ): Outcome<number> {
    if (this.#sendShut) return fail('WSAESHUTDOWN', call);
    const to = given ?? this.peer;
    if (!to) return fail('WSAENOTCONN', call);
    if (!sendable(flags)) return fail('WSAEOPNOTSUPP', call);
    // A socket connected to a broadcast address needs no SO_BROADCAST (Wine's test_broadcast, which Windows
    // passes).
    if (given && isBroadcast(given) && !this.options.flags.SO_BROADCAST) {
      return fail('WSAEACCES', call, { detail: 'SO_BROADCAST is off.' });
    }
    if (!this.isDestination(to)) return fail('WSAEADDRNOTAVAIL', call);
    if (data.length > this.entry.messageSize) {
      return fail('WSAEMSGSIZE', call, { extra: { limit: this.entry.messageSize } });
    }
    const toSend = headerTo(to, control, call);
    if (!toSend.ok) return toSend;
    if (!this.network.memory.fits(memoryOf(data.length))) {
      return fail('WSAENOBUFS', call, { detail: NO_MEMORY });
    }
    const bound = this.bindIfUnbound(call);
    if (!bound.ok) return bound;
    const far = unreachableNetworkOf(to);
    if (far && far.code !== 'WSAETIMEDOUT') return fail(far.code, call);
    // A datagram into the black hole is lost without an error.
    if (far || fate === 'lost') return ok(data.length);
    const { header, source } = toSend.value;
    const own = sourceTowards(to, bound.value.address);
    const from = source === undefined ? own : { family: to.family, address: source, port: own.port };
    const datagram = { from, header, data: data.slice() };
    this.network.carry(this.entry.protocol, datagram, to, () => this.#recordUnreachable(to));
    return ok(data.length);
  }

  /** A socket with a peer records this only for that peer. */
  #recordUnreachable(to: InternetAddress): void {
    if (!this.#udpConnReset || (this.peer && !sameEndpoint(this.peer, to))) return;
    this.#unreportedUnreachable = Math.min(this.#unreportedUnreachable + 1, MOST_UNREACHABLE);
    this.watches.check();
  }

  #receive(into: Uint8Array, flags: number, call: string): Outcome<Received & Pick<Datagram, 'header'>> {
    if (!receivable(flags)) return fail('WSAEOPNOTSUPP', call);
    if (!this.bound) return fail('WSAEINVAL', call);
    if (this.receiveShut) return fail('WSAESHUTDOWN', call);
    if (this.#unreportedUnreachable > 0) {
      this.#unreportedUnreachable--;
      return fail('WSAECONNRESET', call, { detail: 'an earlier datagram found no socket.' });
    }
    const first = isPeek(flags) ? this.#queue.peek() : this.#queue.take();
    if (!first) return fail('WSAEWOULDBLOCK', call);
    const bytes = Math.min(first.data.length, into.length);
    into.set(first.data.subarray(0, bytes));
    return ok({
      bytes,
      eof: false,
      truncated: first.data.length > bytes,
      from: asSeenBy(this.family, first.from),
      header: first.header,
    });
  }
}
