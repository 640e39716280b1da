/**
 * Socket options of the lab. Options without a meaning here answer WSAENOPROTOOPT, as from a provider that
 * does not know them: TCP_NODELAY, since no lab transport is TCP; IP_TTL and IP_MULTICAST_IF, since there is
 * one network.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/sol-socket-socket-options
 */
import type { Sharing } from '../../winsock/address-sharing.js';
import { isControlSwitch } from '../../winsock/control-messages.js';
import { WSA_ERRORS, type WsaName } from '../../winsock/errors.js';
import { isLinger, type Linger, OPTIONS, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import { DEFAULT_KEEP_ALIVE, type KeepAlive } from './keep-alive.js';

/** Default SO_SNDBUF and SO_RCVBUF. */
const DEFAULT_BUFFER = 65_536;
/** The largest buffer, since the network is in the daemon's memory. A larger value is reduced to this. */
const MAX_BUFFER = 4 * 1024 * 1024;

/** The facts that decide which options a socket has, and which it can still change. */
export interface OptionBearer {
  readonly family: 'AF_INET' | 'AF_INET6';
  readonly entry: ProtocolInfo;
  readonly stream: boolean;
  readonly bound: boolean;
  readonly listening: boolean;
  /** The failure of the last connect, until one succeeds. */
  readonly connectError: WsaName | undefined;
  /** Age of the connection in milliseconds; undefined without one. */
  readonly connectedFor: number | undefined;
}

/** The BOOL options with their defaults. */
const DEFAULT_FLAGS = {
  SO_DEBUG: false,
  SO_DONTROUTE: false,
  SO_KEEPALIVE: false,
  SO_BROADCAST: false,
  SO_REUSEADDR: false,
  SO_EXCLUSIVEADDRUSE: false,
  /** Callers wait for the listener's decision. */
  SO_CONDITIONAL_ACCEPT: false,
  /** A socket of AF_INET has this option too, without effect. */
  IPV6_V6ONLY: true,
  IP_PKTINFO: false,
  IP_RECVTTL: false,
  IP_RECVTOS: false,
  IP_RECVECN: false,
  IP_ORIGINAL_ARRIVAL_IF: false,
  IPV6_PKTINFO: false,
  IPV6_HOPLIMIT: false,
  IPV6_RECVTCLASS: false,
  IPV6_RECVECN: false,
};
type Flag = keyof typeof DEFAULT_FLAGS;
const isFlag = (option: OptionName): option is Flag => Object.hasOwn(DEFAULT_FLAGS, option);

/** SO_CONNECT_TIME without a connection. */
const NOT_CONNECTED = 0xffffffff;

export class SocketOptions {
  /** SO_SNDBUF and SO_RCVBUF, in bytes. */
  sendBuffer = DEFAULT_BUFFER;
  receiveBuffer = DEFAULT_BUFFER;
  /** The SO_ERROR set by the caller, until the next connect. */
  errorSet: number | undefined;
  /** SIO_KEEPALIVE_VALS; used while SO_KEEPALIVE is on. */
  keepAliveTimes = DEFAULT_KEEP_ALIVE;
  readonly flags = { ...DEFAULT_FLAGS };
  #linger: Linger = { onoff: false, linger: 0 };

  get sharing(): Sharing {
    if (this.flags.SO_EXCLUSIVEADDRUSE) return 'exclusive';
    return this.flags.SO_REUSEADDR ? 'reuse' : 'default';
  }

  /** undefined: SO_KEEPALIVE is off. */
  get keepAlive(): KeepAlive | undefined {
    return this.flags.SO_KEEPALIVE ? this.keepAliveTimes : undefined;
  }

  /** The options that an accepted socket inherits from its listener: all but SO_CONDITIONAL_ACCEPT. */
  inherited(): SocketOptions {
    const copy = new SocketOptions();
    copy.sendBuffer = this.sendBuffer;
    copy.receiveBuffer = this.receiveBuffer;
    copy.keepAliveTimes = this.keepAliveTimes;
    copy.#linger = this.#linger;
    Object.assign(copy.flags, this.flags, { SO_CONDITIONAL_ACCEPT: false });
    return copy;
  }

  get(option: OptionName, on: OptionBearer): Outcome<OptionValue> {
    const call = 'getsockopt';
    if (!this.#has(option, on)) return fail('WSAENOPROTOOPT', call);
    if (isFlag(option)) return ok(this.flags[option]);
    switch (option) {
      case 'SO_ACCEPTCONN':
        return ok(on.listening);
      case 'SO_LINGER':
        return ok(this.#linger);
      case 'SO_DONTLINGER':
        return ok(!this.#linger.onoff);
      case 'SO_SNDBUF':
        return ok(this.sendBuffer);
      case 'SO_RCVBUF':
        return ok(this.receiveBuffer);
      case 'SO_TYPE':
        return ok(on.entry.socketType);
      case 'SO_MAX_MSG_SIZE':
        return ok(on.entry.messageSize);
      case 'SO_CONNECT_TIME':
        return ok(on.connectedFor === undefined ? NOT_CONNECTED : Math.floor(on.connectedFor / 1000));
      case 'SO_ERROR':
        if (this.errorSet !== undefined) return ok(this.errorSet);
        return ok(on.connectError === undefined ? 0 : WSA_ERRORS[on.connectError].code);
      default:
        return fail('WSAENOPROTOOPT', call);
    }
  }

  /** WSAEINVAL for a value out of range, or an option that can be set only before bind. */
  set(option: OptionName, value: OptionValue, on: OptionBearer): Outcome<void> {
    const call = 'setsockopt';
    if (!this.#has(option, on)) return fail('WSAENOPROTOOPT', call);
    const invalid = fail('WSAEINVAL', call);
    if (isFlag(option)) {
      if (typeof value !== 'boolean' || !this.#canSetFlag(option, value, on)) return invalid;
      this.flags[option] = value;
      return done;
    }
    switch (option) {
      case 'SO_LINGER':
        if (!isLinger(value) || !isCount(value.linger, 65_535)) return invalid;
        this.#linger = { onoff: value.onoff, linger: value.linger };
        return done;
      case 'SO_DONTLINGER':
        if (typeof value !== 'boolean') return invalid;
        this.#linger = { ...this.#linger, onoff: !value };
        return done;
      case 'SO_SNDBUF':
        if (!isCount(value, 0x7fffffff)) return invalid;
        this.sendBuffer = Math.min(value, MAX_BUFFER);
        return done;
      case 'SO_RCVBUF':
        if (!isCount(value, 0x7fffffff)) return invalid;
        this.receiveBuffer = Math.min(value, MAX_BUFFER);
        return done;
      case 'SO_ERROR':
        if (typeof value !== 'number') return invalid;
        this.errorSet = value;
        return done;
      default:
        return fail('WSAENOPROTOOPT', call);
    }
  }

  /** A dual-stack AF_INET6 socket also has the IPv4 options, for datagrams that arrive over IPv4. */
  #has(option: OptionName, { family, stream }: OptionBearer): boolean {
    if (option === 'SO_DONTROUTE') return family === 'AF_INET';
    if (!isControlSwitch(option)) return !(stream ? OF_DATAGRAMS : OF_STREAMS).includes(option);
    if (stream) return false;
    const isOfIpv6 = OPTIONS[option].level === 'IPPROTO_IPV6';
    return isOfIpv6 ? family === 'AF_INET6' : family === 'AF_INET' || !this.flags.IPV6_V6ONLY;
  }

  /** Two flags exclude each other; some can change only before bind, one only before listen. */
  #canSetFlag(flag: Flag, value: boolean, on: OptionBearer): boolean {
    const { SO_REUSEADDR, SO_EXCLUSIVEADDRUSE } = this.flags;
    if (flag === 'SO_REUSEADDR') return !(value && SO_EXCLUSIVEADDRUSE);
    if (flag === 'SO_EXCLUSIVEADDRUSE') return !(value && SO_REUSEADDR) && !on.bound;
    if (flag === 'SO_CONDITIONAL_ACCEPT') return !on.listening;
    return flag !== 'IPV6_V6ONLY' || !on.bound;
  }
}

const OF_STREAMS: readonly OptionName[] = [
  'SO_LINGER',
  'SO_DONTLINGER',
  'SO_KEEPALIVE',
  'SO_CONDITIONAL_ACCEPT',
];
const OF_DATAGRAMS: readonly OptionName[] = ['SO_BROADCAST', 'SO_MAX_MSG_SIZE'];

const isCount = (value: OptionValue, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
