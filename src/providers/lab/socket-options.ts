/**
 * Socket options of the lab. Those that mean nothing here (TCP_NODELAY: no lab transport is TCP) answer
 * WSAENOPROTOOPT, as a provider does that does not know them.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/sol-socket-socket-options
 */
import { WSA_ERRORS, type WsaName } from '../../winsock/errors.js';
import { isLinger, type Linger, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Sharing } from './bindings.js';
import { DEFAULT_KEEP_ALIVE, type KeepAlive } from './liveness.js';

/** Default SO_SNDBUF and SO_RCVBUF. */
export const DEFAULT_BUFFER = 65_536;
/** The most that a socket may ask for: the network lives in the daemon's memory. More is cut to it. */
export const MAX_BUFFER = 4 * 1024 * 1024;

/** What decides which options a socket has, and which are still open to change. */
export interface OptionBearer {
  readonly family: 'AF_INET' | 'AF_INET6';
  readonly socketType: number;
  readonly stream: boolean;
  readonly bound: boolean;
  readonly listening: boolean;
}

export class SocketOptions {
  sendBuffer = DEFAULT_BUFFER;
  receiveBuffer = DEFAULT_BUFFER;
  v6Only = true;
  /** Callers wait for the listener's decision; not inherited. */
  conditionalAccept = false;
  #reuse = false;
  #exclusive = false;
  #keepAlive = false;
  #linger: Linger = { onoff: false, linger: 0 };
  #error = 0;

  get sharing(): Sharing {
    if (this.#exclusive) return 'exclusive';
    return this.#reuse ? 'reuse' : 'default';
  }

  /** undefined: SO_KEEPALIVE is off. */
  get keepAlive(): KeepAlive | undefined {
    return this.#keepAlive ? DEFAULT_KEEP_ALIVE : undefined;
  }

  /** Whether SO_ERROR holds a failure that nobody has read. */
  get failed(): boolean {
    return this.#error !== 0;
  }

  /** Latches a failure in SO_ERROR until it is read; undefined clears it. */
  latch(failure: WsaName | undefined): void {
    this.#error = failure === undefined ? 0 : WSA_ERRORS[failure].code;
  }

  /** What an accepted socket inherits from its listener: all but the error. */
  inherited(): SocketOptions {
    const copy = new SocketOptions();
    copy.sendBuffer = this.sendBuffer;
    copy.receiveBuffer = this.receiveBuffer;
    copy.v6Only = this.v6Only;
    copy.#reuse = this.#reuse;
    copy.#exclusive = this.#exclusive;
    copy.#keepAlive = this.#keepAlive;
    copy.#linger = this.#linger;
    return copy;
  }

  get(option: OptionName, on: OptionBearer): Outcome<OptionValue> {
    const call = 'getsockopt';
    if (!has(on, option)) return fail('WSAENOPROTOOPT', call);
    switch (option) {
      case 'SO_REUSEADDR':
        return ok(this.#reuse);
      case 'SO_EXCLUSIVEADDRUSE':
        return ok(this.#exclusive);
      case 'SO_KEEPALIVE':
        return ok(this.#keepAlive);
      case 'SO_LINGER':
        return ok(this.#linger);
      case 'SO_SNDBUF':
        return ok(this.sendBuffer);
      case 'SO_RCVBUF':
        return ok(this.receiveBuffer);
      case 'SO_TYPE':
        return ok(on.socketType);
      case 'SO_CONDITIONAL_ACCEPT':
        return ok(this.conditionalAccept);
      case 'IPV6_V6ONLY':
        return ok(this.v6Only);
      case 'SO_ERROR': {
        const error = this.#error;
        this.#error = 0;
        return ok(error);
      }
      default:
        return fail('WSAENOPROTOOPT', call);
    }
  }

  /** WSAEINVAL for a value out of range, or an option that had to be set before bind. */
  set(option: OptionName, value: OptionValue, on: OptionBearer): Outcome<void> {
    const call = 'setsockopt';
    if (!has(on, option)) return fail('WSAENOPROTOOPT', call);
    const invalid = fail('WSAEINVAL', call);
    switch (option) {
      case 'SO_REUSEADDR':
        if (typeof value !== 'boolean' || (value && this.#exclusive)) return invalid;
        this.#reuse = value;
        return done;
      case 'SO_EXCLUSIVEADDRUSE':
        if (typeof value !== 'boolean' || (value && this.#reuse) || on.bound) return invalid;
        this.#exclusive = value;
        return done;
      case 'SO_KEEPALIVE':
        if (typeof value !== 'boolean') return invalid;
        this.#keepAlive = value;
        return done;
      case 'SO_LINGER':
        if (!isLinger(value) || !isCount(value.linger, 65_535)) return invalid;
        this.#linger = { onoff: value.onoff, linger: value.linger };
        return done;
      case 'SO_SNDBUF':
        if (!isCount(value, 0x7fffffff)) return invalid;
        this.sendBuffer = Math.min(value, MAX_BUFFER);
        return done;
      case 'SO_RCVBUF':
        if (!isCount(value, 0x7fffffff)) return invalid;
        this.receiveBuffer = Math.min(value, MAX_BUFFER);
        return done;
      case 'SO_CONDITIONAL_ACCEPT':
        if (typeof value !== 'boolean' || on.listening) return invalid;
        this.conditionalAccept = value;
        return done;
      case 'IPV6_V6ONLY':
        if (typeof value !== 'boolean' || on.bound) return invalid;
        this.v6Only = value;
        return done;
      default:
        return fail('WSAENOPROTOOPT', call);
    }
  }
}

const STREAMS_ONLY: readonly OptionName[] = ['SO_LINGER', 'SO_KEEPALIVE', 'SO_CONDITIONAL_ACCEPT'];

const has = (on: OptionBearer, option: OptionName): boolean => {
  if (option === 'IPV6_V6ONLY') return on.family === 'AF_INET6';
  return on.stream || !STREAMS_ONLY.includes(option);
};

const isCount = (value: OptionValue, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
