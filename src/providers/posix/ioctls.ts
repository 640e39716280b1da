import { FIRST_SEND_BACKLOG } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { settleConnect } from './connecting.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { readIcmpErrors } from './icmp-errors.js';
import { call } from './native-call.js';
import { isTcp } from './option-rows.js';
import { setSockOpt } from './options.js';

/** WSAIoctl, and pending and unsent bytes: ioctl_list(2), tcp(7), udp(7). */

const FIONREAD = 0x541b;
const SIOCOUTQ = 0x5411;

/**
 * FIONREAD. For datagrams Linux returns the size of the next one, Winsock the total of all queued ones; this
 * difference remains.
 */
export const available: Method<'available'> = (stack, socket) => ask(stack, socket, FIONREAD);

/**
 * SIOCOUTQ of a connection: the bytes that the peer has not acknowledged; a FIN counts as one. On AF_UNIX
 * sent bytes are already in the peer's queue, and stay there when this side closes.
 */
export const unsent: Method<'unsent'> = (stack, socket) =>
  isTcp(socket) && socket.phase === 'connected' ? ask(stack, socket, SIOCOUTQ) : ok(0);

/** The plain ioctls that Linux or the adapter supports. */
export const ioctl: Method<'ioctl'> = (stack, socket, request, members) => {
  if (isTcp(socket) && request === 'SIO_IDEAL_SEND_BACKLOG_QUERY') {
    // Linux measures the backlog as Windows does, but does not report it.
    return settleConnect(stack, socket) === 'connected'
      ? ok(FIRST_SEND_BACKLOG)
      : fail('WSAENOTCONN', 'WSAIoctl');
  }
  return socket.stream ? NOT_SUPPORTED : ioctlOfDatagrams(stack, socket, request, members);
};

const NOT_SUPPORTED = fail('WSAEOPNOTSUPP', 'WSAIoctl');

const ioctlOfDatagrams: Method<'ioctl'> = (stack, socket, request, [value = 0]) => {
  const isIpv6 = socket.family === 'AF_INET6';
  const set = (option: OptionName, to: OptionValue): Outcome<undefined> => {
    const done = setSockOpt(stack, socket, option, to);
    return done.ok ? ok(undefined) : { ...done, call: 'WSAIoctl' };
  };
  switch (request) {
    case 'SIO_UDP_CONNRESET':
      readIcmpErrors(stack, socket); // errors so far follow the previous setting
      socket.udpConnReset = value !== 0;
      return ok(undefined);
    case 'SIO_MULTIPOINT_LOOPBACK':
      return set(isIpv6 ? 'IPV6_MULTICAST_LOOP' : 'IP_MULTICAST_LOOP', value !== 0);
    case 'SIO_MULTICAST_SCOPE':
      return set(isIpv6 ? 'IPV6_MULTICAST_HOPS' : 'IP_MULTICAST_TTL', value);
    default:
      return NOT_SUPPORTED;
  }
};

const ask = (stack: Stack, socket: SocketState, request: number): Outcome<number> => {
  const asked = call('ioctlsocket', stack.libc.ioctl, socket.fd, request, stack.value);
  return asked.ok ? ok(stack.value.readInt32LE(0)) : asked;
};
