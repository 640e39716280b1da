import { isLinger, type Linger, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { settle } from './connecting.js';
import { wsaCodeOf } from './errno.js';
import { heard, type SocketState, type Stack } from './handle-state.js';
import { getNative } from './native-options.js';
import {
  answeredAsSet,
  flagOf,
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

/** The options of SOL_SOCKET. */

const lingerOf = (value: OptionValue): Linger => {
  if (!isLinger(value)) throw new TypeError('SO_LINGER takes { onoff, linger }');
  return value;
};

/** Linux doubles what was set and answers the double (socket(7)); Winsock answers what was set. */
const bufferSize = (name: 'SO_SNDBUF' | 'SO_RCVBUF'): OptionRow =>
  answeredAsSet(name, nativeNumber(name, undefined, 0, 0x7fffffff));

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
    if (flagOf(value) && socket[other]) return fail('WSAEINVAL', 'setsockopt');
    if (key === 'exclusiveAddress' && socket.bound) return fail('WSAEINVAL', 'setsockopt');
    socket[key] = flagOf(value);
    return done;
  },
});

/**
 * SO_ERROR. Of a stream it is how a connect failed, however often it is read, until one succeeds; a connection that
 * was reset is told by sends and receives only. Of a datagram socket it is what the system holds, and tells once.
 */
const errorOf = (stack: Stack, socket: SocketState): number => {
  if (socket.stream) {
    settle(stack, socket);
    return socket.connectFailure?.code ?? 0;
  }
  const native = getNative(stack, socket.fd, 'SO_ERROR', 'getsockopt');
  return native.ok && native.value !== 0 ? heard(socket, wsaCodeOf(native.value)) : 0;
};

/** SO_CONNECT_TIME of a socket without a connection. */
const NOT_CONNECTED = 0xffffffff;

const connectTime = (stack: Stack, socket: SocketState): Outcome<number> => {
  const { connectedAt } = settle(stack, socket) === 'connected' ? socket : { connectedAt: undefined };
  return ok(connectedAt === undefined ? NOT_CONNECTED : Math.floor((performance.now() - connectedAt) / 1000));
};

export const SOCKET_OPTIONS: OptionRows = {
  SO_DEBUG: keptFlag('SO_DEBUG'),
  SO_ACCEPTCONN: readOnly(undefined, (_stack, socket) => ok(socket.phase === 'listening')),
  SO_REUSEADDR: addressUse('reuseAddress', 'exclusiveAddress'),
  SO_EXCLUSIVEADDRUSE: addressUse('exclusiveAddress', 'reuseAddress'),
  SO_KEEPALIVE: nativeFlag('SO_KEEPALIVE', isTcp),
  SO_DONTROUTE: nativeFlag('SO_DONTROUTE', isIpv4),
  SO_BROADCAST: nativeFlag('SO_BROADCAST', isDatagram),
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
  // The other side of SO_LINGER; its time stays.
  SO_DONTLINGER: {
    on: isStream,
    get: (_stack, socket) => ok(!socket.linger.onoff),
    set: (_stack, socket, value) => {
      socket.linger = { ...socket.linger, onoff: !flagOf(value) };
      return done;
    },
  },
  SO_OOBINLINE: nativeFlag('SO_OOBINLINE', isTcp),
  SO_SNDBUF: bufferSize('SO_SNDBUF'),
  SO_RCVBUF: bufferSize('SO_RCVBUF'),
  SO_ERROR: readOnly(undefined, (stack, socket) => ok(errorOf(stack, socket))),
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
  SO_CONNECT_TIME: readOnly(isStream, connectTime),
};
