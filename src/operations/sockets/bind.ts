import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { ADDRESS } from '../schemas/examples.js';
import { component, parameters, SocketAddressSchema } from '../schemas/schemas.js';

export const bind = operation({
  name: 'bind',
  summary: 'Give the socket a local address',
  description: [
    'With port 0 the stack chooses; the answer has the port. A socket is bound once. The bind to a path of',
    'AF_UNIX makes a file, which stays when the socket is closed: another bind to it is WSAEADDRINUSE until',
    'somebody removes the file.',
  ].join('\n'),
  winsock: ['bind'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-bind',
  scope: 'socket',
  params: parameters('BindRequest', { address: SocketAddressSchema }),
  result: component('BindResult', 'What the socket is bound to.', { localAddress: SocketAddressSchema }),
  errors: ['WSAEACCES', 'WSAEADDRINUSE', 'WSAEADDRNOTAVAIL', 'WSAEFAULT', 'WSAEINVAL', 'WSAENOBUFS'],
  advice: {
    WSAEFAULT: 'the address is of another family than the socket.',
    WSAEINVAL: 'the socket is bound already, or the address cannot be bound.',
  },
  example: {
    sockets: ['listener', 'datagram'],
    params: { address: { ...ADDRESS, port: 0 } },
    result: { localAddress: ADDRESS },
  },
  effect: 'change',
  does: 'binds',
  destination: (params) => ({ kind: 'bind', address: params.address }),
  run(socket, { address }) {
    const bound = socket.use((provider, s) => provider.bind(s, address));
    if (!bound.ok) return bound;
    socket.bound();
    const name = socket.use((provider, s) => provider.getSockName(s));
    return ok({ localAddress: name.ok ? name.value : address });
  },
});
