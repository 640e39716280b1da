import { isLinger, type Linger, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { settleConnect } from './connecting.js';
import type { SocketState, Stack } from './handle-state.js';
import { getNative, setNative } from './native-options.js';
import {
  answeredAsSet,
  flagOf,
  integerOf,
  isDatagram,
  isIpv4,
  isStream,
  isTcp,
  keptFlag,
  nativeFlag,
  nativeNumber,
  type OptionRow,
  type OptionRows,
  readOnly,
} from './option-rows.js';
import { urgentWaits } from './urgent.js';

/** The options of SOL_SOCKET. */

const lingerOf = (value: OptionValue): Linger => {
  if (!isLinger(value)) throw new TypeError('SO_LINGER takes { onoff, linger }');
  return value;
};

/** Linux doubles the value and returns the double (socket(7)); Winsock returns the value that was set. */
const bufferSize = (name: 'SO_SNDBUF' | 'SO_RCVBUF'): OptionRow =>
  answeredAsSet(name, nativeNumber(name, undefined, 0, 0x7fffffff));

/**
 * SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other. bind translates them to native options.
 * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
 */
const addressUse = (
  key: 'reuseAddress' | 'exclusiveAddress',
  other: 'reuseAddress' | 'exclusiveAddress',
): OptionRow => ({
  get: (_stack, socket) => ok(socket[key]),
  set: (_stack, socket, value) => {
    if (flagOf(value) && socket[other]) return fail('WSAEINVAL', 'setsockopt');
    if (key === 'exclusiveAddress' && socket.bound) return fail('WSAEINVAL', 'setsockopt');
    socket[key] = flagOf(value);
    return done;
  },
});

/**
 * SO_ERROR. For a stream it is the failure of the last connect, until one succeeds; reading does not clear
 * it. Only sends and receives report a reset, and only receives report ICMP errors for datagrams.
 */
const errorOf = (stack: Stack, socket: SocketState): number => {
  if (!socket.stream) return 0;
  settleConnect(stack, socket);
  return socket.connectFailure?.code ?? 0;
};

/** SO_CONNECT_TIME of a socket without a connection. */
const NOT_CONNECTED = 0xffffffff;

/** A datagram socket has no connect time, even with a peer. */
const connectTime = (stack: Stack, socket: SocketState): Outcome<number> => {
  const { connectedAt } = settleConnect(stack, socket) === 'connected' ? socket : { connectedAt: undefined };
  return ok(connectedAt === undefined ? NOT_CONNECTED : Math.floor((performance.now() - connectedAt) / 1000));
};

/**
 * In Winsock an urgent byte that came while the option was off stays out of line until it is received, even
 * after the option is set; Linux uses only the current value of the option.
 */
const outOfBandInline: OptionRow = {
  ...nativeFlag('SO_OOBINLINE', isTcp),
  set: (stack, socket, value) => {
    const flag = flagOf(value);
    const before = getNative(stack, socket.fd, 'SO_OOBINLINE', 'setsockopt');
    if (!before.ok) return before;
    const waits = before.value === 0 ? urgentWaits(stack, socket, 'setsockopt') : ok(socket.urgentOutOfLine);
    if (!waits.ok) return waits;
    const set = setNative(stack, socket.fd, 'SO_OOBINLINE', flag ? 1 : 0, 'setsockopt');
    if (set.ok) socket.urgentOutOfLine = flag && waits.value;
    return set;
  },
};

export const SOCKET_OPTIONS: OptionRows = {
  SO_DEBUG: keptFlag('SO_DEBUG'),
  SO_ACCEPTCONN: readOnly(undefined, (_stack, socket) => ok(socket.phase === 'listening')),
  SO_REUSEADDR: addressUse('reuseAddress', 'exclusiveAddress'),
  SO_EXCLUSIVEADDRUSE: addressUse('exclusiveAddress', 'reuseAddress'),
  SO_KEEPALIVE: nativeFlag('SO_KEEPALIVE', isTcp),
  SO_DONTROUTE: nativeFlag('SO_DONTROUTE', isIpv4),
  SO_BROADCAST: nativeFlag('SO_BROADCAST', isDatagram),
  // Never set natively: close(2) with a linger time blocks, even on a non-blocking socket.
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
  // The inverse of SO_LINGER; it keeps the linger time.
  SO_DONTLINGER: {
    on: isStream,
    get: (_stack, socket) => ok(!socket.linger.onoff),
    set: (_stack, socket, value) => {
      socket.linger = { ...socket.linger, onoff: !flagOf(value) };
      return done;
    },
  },
  SO_OOBINLINE: outOfBandInline,
  SO_SNDBUF: bufferSize('SO_SNDBUF'),
  SO_RCVBUF: bufferSize('SO_RCVBUF'),
  SO_ERROR: {
    get: (stack, socket) => ok(socket.errorSet ?? errorOf(stack, socket)),
    set: (_stack, socket, value) => {
      socket.errorSet = integerOf(value);
      return done;
    },
  },
  SO_TYPE: readOnly(undefined, (_stack, socket) => ok(socket.entry.socketType)),
  SO_CONDITIONAL_ACCEPT: {
    on: isStream,
    get: (_stack, socket) => ok(socket.conditionalAccept),
    set: (_stack, socket, value) => {
      if (socket.phase === 'listening') return fail('WSAEINVAL', 'setsockopt');
      socket.conditionalAccept = flagOf(value);
      return done;
    },
  },
  SO_MAX_MSG_SIZE: readOnly(isDatagram, (_stack, socket) => ok(socket.entry.messageSize)),
  SO_OPENTYPE: readOnly(undefined, () => ok(0)),
  SO_MAXDG: readOnly(isDatagram, (_stack, socket) => ok(socket.entry.messageSize)),
  SO_CONNECT_TIME: readOnly(undefined, connectTime),
};
