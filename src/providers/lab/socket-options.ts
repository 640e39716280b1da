/**
 * Socket options of the lab. Those that mean nothing here (TCP_NODELAY: no lab transport is TCP; IP_TTL,
 * IP_MULTICAST_IF: no network but one) answer WSAENOPROTOOPT, as a provider does that does not know them.
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
/** The most that a socket may ask for: the network lives in the daemon's memory. More is cut to it. */
const MAX_BUFFER = 4 * 1024 * 1024;

/** What decides which options a socket has, and which are still open to change. */
export interface OptionBearer {
  readonly family: 'AF_INET' | 'AF_INET6';
  readonly entry: ProtocolInfo;
  readonly stream: boolean;
  readonly bound: boolean;
  readonly listening: boolean;
  /** How the last connect failed, until one succeeds. */
  readonly connectError: WsaName | undefined;
  /** Since when there is a connection, milliseconds; undefined without one. */
  readonly connectedFor: number | undefined;
}

/** The options that are on or off, as they are on a new socket. */
const DEFAULT_FLAGS = {
  SO_DEBUG: false,
  SO_DONTROUTE: false,
  SO_KEEPALIVE: false,
  SO_BROADCAST: false,
  SO_REUSEADDR: false,
  SO_EXCLUSIVEADDRUSE: false,
  /** Callers wait for the listener's decision. */
  SO_CONDITIONAL_ACCEPT: false,
  /** A socket of AF_INET has it too, and it means nothing there. */
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
  /** SO_ERROR as it was set, until the next connect. */
  errorSet: number | undefined;
  /** SIO_KEEPALIVE_VALS; in force while SO_KEEPALIVE is on. */
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

  /** What an accepted socket inherits from its listener: all but SO_CONDITIONAL_ACCEPT. */
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

  /** WSAEINVAL for a value out of range, or an option that had to be set before bind. */
  set(option: OptionName, value: OptionValue, on: OptionBearer): Outcome<void> {
    const call = 'setsockopt';
    if (!this.#has(option, on)) return fail('WSAENOPROTOOPT', call);
    const invalid = fail('WSAEINVAL', call);
    if (isFlag(option)) {
      if (typeof value !== 'boolean' || !this.#canBecome(option, value, on)) return invalid;
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

  /** Those of IPv4 are also of an AF_INET6 socket for both families: for datagrams that come over IPv4. */
  #has(option: OptionName, { family, stream }: OptionBearer): boolean {
    if (option === 'SO_DONTROUTE') return family === 'AF_INET';
    if (!isControlSwitch(option)) return !(stream ? OF_DATAGRAMS : OF_STREAMS).includes(option);
    if (stream) return false;
    const isOfIpv6 = OPTIONS[option].level === 'IPPROTO_IPV6';
    return isOfIpv6 ? family === 'AF_INET6' : family === 'AF_INET' || !this.flags.IPV6_V6ONLY;
  }

  /** Two exclude each other; some are open to change only before bind, one only before listen. */
  #canBecome(flag: Flag, value: boolean, on: OptionBearer): boolean {
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
