import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { LOCAL } from '../schemas/examples.js';
import { component, emptyResult, SocketAddressSchema } from '../schemas/schemas.js';

export const AddressResult = component('AddressResult', 'An address.', { address: SocketAddressSchema });

export const getSockName = operation({
  name: 'getSockName',
  summary: 'The local address',
  description: 'WSAEINVAL while the socket is not bound.',
  winsock: ['getsockname'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockname',
  scope: 'socket',
  params: emptyResult('GetSockNameRequest'),
  result: AddressResult,
  errors: ['WSAEFAULT', 'WSAEINVAL'],
  example: { sockets: ['listener'], result: { address: LOCAL } },
  effect: 'read',
  rest: { method: 'GET', path: '/sockets/{socketId}/sockName' },
  run(socket) {
    const name = socket.use((provider, s) => provider.getSockName(s));
    return name.ok ? ok({ address: name.value }) : name;
  },
});
