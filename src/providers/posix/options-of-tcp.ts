import { done, fail } from '../../winsock/outcome.js';
import type { Method } from './handle-state.js';
import { type NativeOption, setNative } from './native-options.js';
import { answeredAsSet, integerOf, isTcp, nativeFlag, nativeNumber, type OptionRows } from './option-rows.js';

/**
 * The options of IPPROTO_TCP, and SIO_KEEPALIVE_VALS. On Linux the urgent data mode of RFC 1122 is a setting
 * of the whole system.
 */

const DWORD_MAX = 0xffffffff;
const INT_MAX = 0x7fffffff;

/** The TCP_MAXRT value for no limit. */
const FOR_EVER = -1;

/**
 * Seconds until a connection is given up; -1: never. TCP_USER_TIMEOUT of Linux has milliseconds in 31 bits,
 * at most 24 days; 0 is the system's default.
 */
const maxRetransmission = answeredAsSet('TCP_MAXRT', {
  on: isTcp,
  set: (stack, socket, value) => {
    const seconds = integerOf(value);
    if (seconds < FOR_EVER) return fail('WSAEINVAL', 'setsockopt');
    const ms = seconds === FOR_EVER ? INT_MAX : Math.min(seconds * 1000, INT_MAX);
    return setNative(stack, socket.fd, 'TCP_USER_TIMEOUT', ms, 'setsockopt');
  },
});

export const TCP_OPTIONS: OptionRows = {
  TCP_NODELAY: nativeFlag('TCP_NODELAY', isTcp),
  TCP_KEEPALIVE: nativeNumber('TCP_KEEPIDLE', isTcp, 1, INT_MAX),
  TCP_KEEPIDLE: nativeNumber('TCP_KEEPIDLE', isTcp, 1, INT_MAX),
  TCP_KEEPINTVL: nativeNumber('TCP_KEEPINTVL', isTcp, 1, INT_MAX),
  TCP_KEEPCNT: nativeNumber('TCP_KEEPCNT', isTcp, 1, 255),
  TCP_MAXRT: maxRetransmission,
};

/** The fixed number of probes on Windows. */
const PROBES = 10;

/** The limit of Linux: tcp(7), MAX_TCP_KEEPIDLE. */
const LONGEST_SECONDS = 32_767;

/** Linux counts whole seconds, at least one. */
const secondsOf = (ms: number): number => Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(ms / 1000)));

const isDword = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= DWORD_MAX;

/** @see https://learn.microsoft.com/windows/win32/winsock/sio-keepalive-vals */
export const setKeepAlive: Method<'setKeepAlive'> = (
  stack,
  socket,
  { onoff, keepalivetime, keepaliveinterval },
) => {
  if (!isTcp(socket)) return fail('WSAENOPROTOOPT', 'WSAIoctl');
  if (!isDword(keepalivetime) || !isDword(keepaliveinterval)) return fail('WSAEINVAL', 'WSAIoctl');
  const times: [NativeOption, number][] = [
    ['TCP_KEEPIDLE', secondsOf(keepalivetime)],
    ['TCP_KEEPINTVL', secondsOf(keepaliveinterval)],
    ['TCP_KEEPCNT', PROBES],
  ];
  for (const [name, value] of [...(onoff ? times : []), ['SO_KEEPALIVE', onoff ? 1 : 0] as const]) {
    const set = setNative(stack, socket.fd, name, value, 'WSAIoctl');
    if (!set.ok) return set;
  }
  return done;
};
