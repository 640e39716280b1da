import { isLinger, type Linger, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { settle } from './connecting.js';
import { wsaCodeOf } from './errno.js';
import { getNative, type NativeOption, setNative } from './native-options.js';
import { heard, type SocketState, type Stack } from './state.js';

/**
 * getsockopt and setsockopt: one row an option. Some live in the state alone, because Linux means
 * something else by them; only `native` rows reach the system.
 */
interface OptionRow {
  /** False: WSAENOPROTOOPT on this kind of socket. */
  readonly on?: (socket: SocketState) => boolean;
  readonly get: (stack: Stack, socket: SocketState) => Outcome<OptionValue>;
  /** Absent: read only. */
  readonly set?: (stack: Stack, socket: SocketState, value: OptionValue) => Outcome<void>;
}

const isStream = (socket: SocketState): boolean => socket.stream;
const isIpv6 = (socket: SocketState): boolean => socket.family === 'AF_INET6';

const flag = (value: OptionValue): boolean => {
  if (typeof value !== 'boolean') throw new TypeError('a BOOL option takes true or false');
  return value;
};

const lingerOf = (value: OptionValue): Linger => {
  if (!isLinger(value)) throw new TypeError('SO_LINGER takes { onoff, linger }');
  return value;
};

const nativeFlag = (name: NativeOption, on: (socket: SocketState) => boolean): OptionRow => ({
  on,
  get: (stack, socket) => {
    const got = getNative(stack, socket.fd, name, 'getsockopt');
    return got.ok ? ok(got.value !== 0) : got;
  },
  set: (stack, socket, value) => {
    const set = setNative(stack, socket.fd, name, flag(value) ? 1 : 0, 'setsockopt');
    return set.ok ? done : set;
  },
});

/** Linux doubles what was set and answers the double (socket(7)); Winsock answers what was set. */
const bufferSize = (name: 'SO_SNDBUF' | 'SO_RCVBUF', key: 'sendBuffer' | 'receiveBuffer'): OptionRow => ({
  get: (stack, socket) => {
    const own = socket[key];
    return own === undefined ? getNative(stack, socket.fd, name, 'getsockopt') : ok(own);
  },
  set: (stack, socket, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      throw new TypeError(`${name} takes an integer`);
    if (value < 0 || value > 0x7fffffff) return fail('WSAEINVAL', 'setsockopt');
    const set = setNative(stack, socket.fd, name, value, 'setsockopt');
    if (!set.ok) return set;
    socket[key] = value;
    return done;
  },
});

/**
 * SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other. What they mean natively, bind decides.
 * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
 */
const addressUse = (
  key: 'reuseAddress' | 'exclusiveAddress',
  other: 'reuseAddress' | 'exclusiveAddress',
): OptionRow => ({
  get: (_stack, socket) => ok(socket[key]),
  set: (_stack, socket, value) => {
    if (flag(value) && socket[other]) return fail('WSAEINVAL', 'setsockopt');
    if (key === 'exclusiveAddress' && socket.bound) return fail('WSAEINVAL', 'setsockopt');
    socket[key] = flag(value);
    return done;
  },
});

const TIMEOUT: OptionRow = { on: () => false, get: () => fail('WSAENOPROTOOPT', 'getsockopt') };

const ROWS: Readonly<Record<OptionName, OptionRow>> = {
  SO_REUSEADDR: addressUse('reuseAddress', 'exclusiveAddress'),
  SO_EXCLUSIVEADDRUSE: addressUse('exclusiveAddress', 'reuseAddress'),
  SO_KEEPALIVE: nativeFlag('SO_KEEPALIVE', isStream),
  // Never set natively: close(2) with a linger time blocks for it even on a non-blocking socket.
  SO_LINGER: {
    on: isStream,
    get: (_stack, socket) => ok(socket.linger),
    set: (_stack, socket, value) => {
      const { onoff, linger } = lingerOf(value);
      if (!Number.isInteger(linger) || linger < 0 || linger > 0xffff) return fail('WSAEINVAL', 'setsockopt');
      socket.linger = { onoff, linger };
      return done;
    },
  },
  SO_SNDBUF: bufferSize('SO_SNDBUF', 'sendBuffer'),
  SO_RCVBUF: bufferSize('SO_RCVBUF', 'receiveBuffer'),
  // The daemon keeps the time limits; handles are non-blocking.
  SO_SNDTIMEO: TIMEOUT,
  SO_RCVTIMEO: TIMEOUT,
  SO_ERROR: {
    get: (stack, socket) => {
      settle(stack, socket);
      return ok(takeError(stack, socket));
    },
  },
  SO_TYPE: { get: (_stack, socket) => ok(socket.entry.socketType) },
  SO_CONDITIONAL_ACCEPT: {
    on: isStream,
    get: (_stack, socket) => ok(socket.conditionalAccept),
    set: (_stack, socket, value) => {
      if (socket.phase === 'listening') return fail('WSAEINVAL', 'setsockopt');
      socket.conditionalAccept = flag(value);
      return done;
    },
  },
  TCP_NODELAY: nativeFlag('TCP_NODELAY', isStream),
  IPV6_V6ONLY: nativeFlag('IPV6_V6ONLY', isIpv6),
};

/** Reading clears it, here as there: what a failed connect has left, or what the system holds. */
const takeError = (stack: Stack, socket: SocketState): number => {
  const own = socket.pendingError;
  socket.pendingError = 0;
  if (own !== 0) return own;
  const native = getNative(stack, socket.fd, 'SO_ERROR', 'getsockopt');
  if (!native.ok || native.value === 0) return 0;
  // The system has told it now, and would go on with EPIPE and 0: sends and receives must still fail.
  return heard(socket, wsaCodeOf(native.value));
};

export const getSockOpt = (stack: Stack, socket: SocketState, option: OptionName): Outcome<OptionValue> => {
  const row = ROWS[option];
  return row.on?.(socket) === false ? fail('WSAENOPROTOOPT', 'getsockopt') : row.get(stack, socket);
};

export const setSockOpt = (
  stack: Stack,
  socket: SocketState,
  option: OptionName,
  value: OptionValue,
): Outcome<void> => {
  const row = ROWS[option];
  if (row.on?.(socket) === false || !row.set) return fail('WSAENOPROTOOPT', 'setsockopt');
  return row.set(stack, socket, value);
};
