import Type from 'typebox';
import { invalid } from '../../daemon/answers/refusals.js';
import { IOCTLS, type IoctlName } from '../../winsock/ioctls.js';
import { fail, ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, dword, keysOf, names } from '../schemas/schemas.js';

const value = Type.Optional(dword('The u_long behind argp.'));

const KeepAliveSchema = component('KeepAlive', 'struct tcp_keepalive.', {
  onoff: Type.Boolean({ description: 'Whether keep-alive probes are sent.' }),
  keepalivetime: dword('Milliseconds of silence before the first probe.'),
  keepaliveinterval: dword('Milliseconds between probes that are not answered.'),
});

export const ioctl = operation({
  name: 'ioctl',
  summary: 'Blocking mode, how much can be read, urgent data, keep-alive, the peer of AF_UNIX',
  description: [
    'FIONBIO takes `value`: anything but 0 makes the calls of the socket answer WSAEWOULDBLOCK instead of waiting.',
    'FIONREAD gives `value`: on a stream the bytes that one recv would give, on datagrams all that is queued.',
    'SIOCATMARK gives `value`: 0 while urgent data waits out of line (BSD asks this the other way round), else 1, so',
    'also with SO_OOBINLINE, but for a byte that came before that was set.',
    'SIO_KEEPALIVE_VALS takes `keepAlive`; Linux counts in whole seconds and rounds up.',
    'SIO_AF_UNIX_GETPEERPID gives `value`: the process at the other end of an AF_UNIX connection; on Linux, for the',
    'side that connected, the one that called listen.',
  ].join('\n'),
  winsock: ['ioctlsocket', 'WSAIoctl'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket',
  scope: 'socket',
  params: component('IoctlRequest', 'What ioctl takes.', {
    request: names(keysOf(IOCTLS), 'What to do.'),
    value,
    keepAlive: Type.Optional(KeepAliveSchema),
  }),
  result: component('IoctlResult', 'What ioctl gives.', { value }),
  errors: ['WSAEFAULT', 'WSAEINVAL', 'WSAEOPNOTSUPP', 'WSAENOPROTOOPT'],
  alsoSeen: { WSAENOTCONN: 'SIO_AF_UNIX_GETPEERPID without a connection' },
  effect: 'change',
  does: 'configures',
  run(socket, { request, value: given, keepAlive }) {
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
    }
  },
});

/** https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect */
const eventsSelected = fail('WSAEINVAL', 'ioctlsocket', {
  detail: 'network events are selected; end that with eventSelect and no events first.',
});

const missing = (name: string, request: IoctlName) => invalid([name], `is required for ${request}`);
