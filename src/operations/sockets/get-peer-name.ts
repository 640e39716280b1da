import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { ADDRESS } from '../schemas/examples.js';
import { emptyResult } from '../schemas/schemas.js';
import { AddressResult } from './get-sock-name.js';

export const getPeerName = operation({
  name: 'getPeerName',
  summary: 'The address of the peer',
  description: 'WSAENOTCONN while the socket has none.',
  winsock: ['getpeername'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getpeername',
  scope: 'socket',
  params: emptyResult('GetPeerNameRequest'),
  result: AddressResult,
  errors: ['WSAEFAULT', 'WSAENOTCONN'],
  advice: { WSAENOTCONN: 'the socket has no peer; connect it first.' },
  example: { sockets: ['client'], result: { address: ADDRESS } },
  effect: 'read',
  rest: { method: 'GET', path: '/sockets/{socketId}/peerName' },
  run(socket) {
    const name = socket.use((provider, s) => provider.getPeerName(s));
    return name.ok ? ok({ address: name.value }) : name;
  },
});
