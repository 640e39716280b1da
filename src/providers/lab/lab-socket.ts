import {
  type InternetAddress,
  isLinkLocal,
  isMulticast,
  type SocketAddress,
} from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, RECV_FLAGS, SEND_FLAGS } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import type { PlainIoctl } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import type { Readiness } from '../provider.js';
import type { Bindings, HeldPort } from './bindings.js';
import { asSeenBy, type Family, isBroadcast, isWildcard, wildcardOf, wireForm } from './endpoints.js';
import type { LabNetwork } from './network.js';
import { type OptionBearer, SocketOptions } from './socket-options.js';
import { unreachableNetworkOf } from './unreachable-networks.js';
import { Watches } from './watches.js';

/** Whether send accepts the flags; MSG_DONTROUTE has no effect here, and urgent data does not exist. */
export const sendable = (flags: number): boolean => (flags & ~SEND_FLAGS.MSG_DONTROUTE) === 0;
export const receivable = (flags: number): boolean => (flags & ~RECV_FLAGS.MSG_PEEK) === 0;
export const isPeek = (flags: number): boolean => (flags & RECV_FLAGS.MSG_PEEK) !== 0;

/** Link-local addresses may have any scope, all others none: the lab has one interface. */
const isInScope = (wire: InternetAddress): boolean =>
  wire.family === 'AF_INET' || (wire.scopeId ?? 0) === 0 || isLinkLocal(wire);

/** Whether sent data arrives; a stream loses nothing. */
export type Fate = 'carried' | 'lost';

/** What the sockets of the lab have in common, streams and datagrams. */
export abstract class LabSocket implements OptionBearer {
  readonly entry: ProtocolInfo;
  readonly family: Family;
  readonly options: SocketOptions;
  /** How many handles it has; it ends with the last. */
  handles = 0;
  readonly watches: Watches;
  protected readonly network: LabNetwork;
  /** The port from bind, or from the implicit bind of connect or sendTo. */
  protected held: HeldPort | undefined;

  constructor(network: LabNetwork, entry: ProtocolInfo, options = new SocketOptions()) {
    this.network = network;
    this.entry = entry;
    this.family = entry.addressFamily === ADDRESS_FAMILIES.AF_INET ? 'AF_INET' : 'AF_INET6';
    this.options = options;
    this.watches = new Watches(network.clock, () => this.readiness);
  }

  abstract readonly stream: boolean;
  abstract get readiness(): Readiness;
  /** In wire form; undefined while not bound. */
  protected abstract get local(): InternetAddress | undefined;
  /** In wire form; undefined without a peer. */
  protected abstract get peer(): InternetAddress | undefined;
  /** The ports of its transport. */
  protected abstract readonly ports: Pick<Bindings<this>, 'claim'>;

  abstract available(): Outcome<number>;
  /** How many bytes of a connection, or connections of a listener, are pending. */
  abstract get waiting(): number;
  abstract get listening(): boolean;
  /** After SD_RECEIVE nothing can be received. */
  abstract get receiveShut(): boolean;
  abstract get connectedFor(): number | undefined;
  /** How the last connect failed, until one succeeds. */
  abstract get connectError(): WsaName | undefined;
  /** The last connect failed, and no other one is pending. */
  abstract get hasFailed(): boolean;
  /**
   * Ends the connection and everything else that the socket holds.
   *
   * @param graceful false: the peer is reset
   */
  protected abstract release(graceful: boolean): void;

  get bound(): boolean {
    return this.local !== undefined;
  }

  bind(address: SocketAddress): Outcome<void> {
    const call = 'bind';
    if (address.family !== this.family) return fail('WSAEFAULT', call);
    if (this.bound) return fail('WSAEINVAL', call);
    const wire = wireForm(address);
    if (isBroadcast(wire)) return fail('WSAEACCES', call);
    const isOwn =
      this.reaches(wire) && !isMulticast(wire) && unreachableNetworkOf(wire) === undefined && isInScope(wire);
    if (!isOwn) return fail('WSAEADDRNOTAVAIL', call);
    const held = this.hold(wire, call);
    if (held.ok) return done;
    // When no port is free, bind fails with this code, connect and sendTo with WSAENOBUFS.
    return wire.port === 0 ? fail('WSAEADDRINUSE', call, { detail: 'no dynamic port is free.' }) : held;
  }

  getSockName(): Outcome<InternetAddress> {
    const local = this.local;
    return local ? ok(asSeenBy(this.family, local)) : fail('WSAEINVAL', 'getsockname');
  }

  getPeerName(): Outcome<InternetAddress> {
    const peer = this.peer;
    return peer ? ok(asSeenBy(this.family, peer)) : fail('WSAENOTCONN', 'getpeername');
  }

  setSockOpt(option: OptionName, value: OptionValue): Outcome<void> {
    const outcome = this.options.set(option, value, this);
    // A larger buffer can make the socket ready.
    if (outcome.ok) this.watches.check();
    return outcome;
  }

  /** No ioctl by default. */
  ioctl(_request: PlainIoctl, _members: readonly number[]): Outcome<number | undefined> {
    return fail('WSAEOPNOTSUPP', 'WSAIoctl');
  }

  /** Ends the socket. @param graceful true: as closesocket; false: the peer is reset */
  end(graceful: boolean): void {
    this.watches.stopAll();
    this.release(graceful);
    this.unbind();
  }

  /** Whether the socket can use the address: IPv4 through AF_INET6 needs IPV6_V6ONLY off. */
  protected reaches(wire: InternetAddress): boolean {
    const held = this.held?.address;
    if (held && !isWildcard(held) && held.family !== wire.family) return false;
    return wire.family === this.family || (this.family === 'AF_INET6' && !this.options.flags.IPV6_V6ONLY);
  }

  /** Whether datagrams and connects can go to the address. */
  protected isDestination(wire: InternetAddress): boolean {
    return !isWildcard(wire) && this.reaches(wire);
  }

  /** The port that the socket holds, or that of an implicit bind to the wildcard and a dynamic port. */
  protected bindIfUnbound(call: string): Outcome<HeldPort> {
    return this.held ? ok(this.held) : this.hold(wildcardOf(this.family, 0), call);
  }

  /** Releases the local address: the socket is unbound again. */
  protected unbind(): void {
    this.held?.release();
    this.held = undefined;
  }

  protected hold(address: InternetAddress, call: string): Outcome<HeldPort> {
    const dual = this.family === 'AF_INET6' && !this.options.flags.IPV6_V6ONLY;
    const claimed = this.ports.claim(this, { address, dual, sharing: this.options.sharing }, call);
    if (claimed.ok) this.held = claimed.value;
    return claimed;
  }
}
