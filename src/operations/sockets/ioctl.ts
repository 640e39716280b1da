import Type from 'typebox';
import { invalid } from '../../daemon/answers/refusals.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { IOCTLS, type IoctlName, PLAIN_IOCTLS, type PlainIoctl } from '../../winsock/ioctls.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, dword, int32, keysOf, names, parameters } from '../schemas/schemas.js';

const value = Type.Optional(dword('The u_long behind argp; a BOOL is 0 or 1.'));

const KeepAliveSchema = component('KeepAlive', 'struct tcp_keepalive.', {
  onoff: Type.Boolean({ description: 'Whether keep-alive probes are sent.' }),
  keepalivetime: dword('Milliseconds of silence before the first probe.'),
  keepaliveinterval: dword('Milliseconds between unanswered probes.'),
});

const InitialRtoSchema = component('InitialRto', 'TCP_INITIAL_RTO_PARAMETERS.', {
  rtt: int32('The first estimate of a round trip, ms; 0: the default, 65535: unchanged.', 0, 0xffff),
  maxSynRetransmissions: int32(
    'How often a SYN is sent again; 0: the default, 254: never, 255: unchanged.',
    0,
    0xff,
  ),
});

const CompatibilityModeSchema = component('CompatibilityMode', 'WSA_COMPATIBILITY_MODE.', {
  behaviorId: dword('WSA_COMPATIBILITY_BEHAVIOR_ID: 0 all, 1 receive buffering, 2 auto-tuning.'),
  targetOsVersion: dword('The version of Windows to behave as, an NTDDI_ constant.'),
});

export const ioctl = operation({
  name: 'ioctl',
  summary: 'Blocking mode, readable bytes, urgent data, keep-alive, and other controls of WSAIoctl',
  description: [
    'FIONBIO takes `value`: with any value but 0 the calls of the socket answer WSAEWOULDBLOCK instead of',
    'waiting. FIONREAD gives `value`: on a stream the bytes that one recv would give, on datagrams all that',
    'is queued (on Linux the next one alone). SIOCATMARK gives `value`: 0 while urgent data waits out of line',
    '(BSD asks the other way round), else 1. With SO_OOBINLINE it is 1, except while a byte from before the',
    'option was set waits.',
    'SIO_KEEPALIVE_VALS takes `keepAlive`; Linux counts in whole seconds and rounds up.',
    'SIO_AF_UNIX_GETPEERPID gives `value`: the process at the other end of an AF_UNIX connection; on Linux',
    'the side that connected gets the process that called listen. SIO_UDP_CONNRESET takes `value`: with 0, a',
    'datagram that found no receiver makes no receive WSAECONNRESET. SIO_TCP_INITIAL_RTO takes `initialRto`.',
    'On Windows it shortens a connect that gets no answer, or that loopback refuses; Linux and the lab do',
    'not have it. SIO_SET_COMPATIBILITY_MODE takes `compatibilityMode`. SIO_LOOPBACK_FAST_PATH,',
    'SIO_MULTICAST_SCOPE, SIO_MULTIPOINT_LOOPBACK, SIO_CPU_AFFINITY and the three of SIO_RCVALL take',
    '`value`; SIO_FLUSH and SIO_ENABLE_CIRCULAR_QUEUEING take nothing; SIO_IDEAL_SEND_BACKLOG_QUERY and',
    'SIO_QUERY_RSS_SCALABILITY_INFO give `value`. A request that the provider lacks is WSAEOPNOTSUPP, and so',
    'is every other request of Winsock: those need handles, pointers, lists or notifications, which JSON',
    'cannot carry.',
  ].join('\n'),
  winsock: ['ioctlsocket', 'WSAIoctl'],
  page: 'https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls',
  scope: 'socket',
  params: parameters('IoctlRequest', {
    request: names('IoctlName', keysOf(IOCTLS), 'What to do.'),
    value,
    keepAlive: Type.Optional(KeepAliveSchema),
    initialRto: Type.Optional(InitialRtoSchema),
    compatibilityMode: Type.Optional(CompatibilityModeSchema),
  }),
  result: component('IoctlResult', 'What ioctl gives.', { value }),
  errors: ['WSAEFAULT', 'WSAEINVAL', 'WSAEOPNOTSUPP', 'WSAENOPROTOOPT'],
  alsoSeen: {
    WSAENOTCONN: 'SIO_AF_UNIX_GETPEERPID or SIO_IDEAL_SEND_BACKLOG_QUERY without a connection',
    WSAEACCES: 'the system lets only administrators do it',
  },
  example: { sockets: ['accepted'], params: { request: 'FIONREAD' }, result: { value: 0 } },
  effect: 'change',
  does: 'configures',
  run(socket, { request, value: given, keepAlive, initialRto, compatibilityMode }) {
    switch (request) {
      case 'FIONBIO': {
        if (given === undefined) return missing('value', request);
        if (given === 0 && socket.selection) return eventsSelected;
        socket.nonBlocking = given !== 0;
        return ok({});
      }
      case 'FIONREAD': {
        const bytes = socket.inbound.bytesAvailable(socket);
        return bytes.ok ? ok({ value: bytes.value }) : bytes;
      }
      case 'SIOCATMARK': {
        const atMark = socket.inbound.atMark(socket);
        return atMark.ok ? ok({ value: atMark.value ? 1 : 0 }) : atMark;
      }
      case 'SIO_KEEPALIVE_VALS': {
        if (keepAlive === undefined) return missing('keepAlive', request);
        const set = socket.use((provider, s) => provider.setKeepAlive(s, keepAlive));
        return set.ok ? ok({}) : set;
      }
      case 'SIO_AF_UNIX_GETPEERPID': {
        const peer = socket.use((provider, s) => provider.peerProcessId(s));
        return peer.ok ? ok({ value: peer.value }) : peer;
      }
      case 'SIO_TCP_INITIAL_RTO': {
        if (initialRto === undefined) return missing('initialRto', request);
        return plainIoctl(socket, request, [initialRto.rtt, initialRto.maxSynRetransmissions]);
      }
      case 'SIO_SET_COMPATIBILITY_MODE': {
        if (compatibilityMode === undefined) return missing('compatibilityMode', request);
        return plainIoctl(socket, request, [compatibilityMode.behaviorId, compatibilityMode.targetOsVersion]);
      }
      default: {
        if (!isPlain(request)) return unsupportedRequest;
        if (PLAIN_IOCTLS[request].takes.length === 0) return plainIoctl(socket, request, []);
        return given === undefined ? missing('value', request) : plainIoctl(socket, request, [given]);
      }
    }
  },
});

const unsupportedRequest = fail('WSAEOPNOTSUPP', 'WSAIoctl', {
  detail: 'this daemon cannot carry what the request takes or gives.',
});

const isPlain = (request: IoctlName): request is PlainIoctl => request in PLAIN_IOCTLS;

const plainIoctl = (
  socket: Socket,
  request: PlainIoctl,
  members: readonly number[],
): Outcome<{ value?: number }> => {
  const done = socket.use((provider, s) => provider.ioctl(s, request, members));
  if (!done.ok) return done;
  return ok(done.value === undefined ? {} : { value: done.value });
};

/** https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect */
const eventsSelected = fail('WSAEINVAL', 'ioctlsocket', {
  detail: 'network events are selected; first end the selection: eventSelect with no events.',
});

const missing = (name: string, request: IoctlName) => invalid([name], `is required for ${request}`);
