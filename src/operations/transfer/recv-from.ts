import Type from 'typebox';
import { operation } from '../operation.js';
import { ADDRESS } from '../schemas/examples.js';
import { component, parameters, SocketAddressSchema } from '../schemas/schemas.js';
import { journalReceived } from './journaled.js';
import { RECV_ALSO_SEEN, RECV_ERRORS, receive, received, receiveParams, receiveResult } from './receive.js';
import { EARLIER_DATAGRAM } from './reset-advice.js';

export const recvFrom = operation({
  name: 'recvFrom',
  summary: 'Receive a datagram and its sender',
  description: [
    'As recv; `address` is the sender of a datagram, and absent on streams. For every datagram of this',
    'socket that found no receiver at its port, one receive is WSAECONNRESET, until ioctl SIO_UDP_CONNRESET',
    'turns that off; for one that was under way too long it is WSAENETRESET. Sends do not answer either',
    'code.',
  ].join('\n'),
  winsock: ['WSARecvFrom', 'recvfrom'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom',
  scope: 'socket',
  params: parameters('RecvFromRequest', receiveParams),
  result: component('RecvFromResult', 'What was received, and from whom.', {
    ...receiveResult,
    address: Type.Optional(SocketAddressSchema),
  }),
  errors: [...RECV_ERRORS, 'WSAEISCONN'],
  alsoSeen: RECV_ALSO_SEEN,
  advice: { WSAECONNRESET: EARLIER_DATAGRAM },
  example: {
    sockets: ['datagram'],
    params: { maxBytes: 1024, timeoutMs: 5000 },
    result: {
      data: { base64: 'aGVsbG8=', len: 5 },
      bytesReceived: 5,
      eof: false,
      truncated: false,
      address: ADDRESS,
    },
  },
  effect: 'change',
  does: 'receives',
  lane: 'recv',
  blocking: true,
  refusals: ['overloaded'],
  run(socket, params, call, daemon) {
    return receive(socket, call, daemon, 'recvFrom', params, (arrival) => ({
      ...received(arrival, params),
      ...(arrival.from && { address: arrival.from }),
    }));
  },
  journal: (result) => ({ ...journalReceived(result), addresses: { peer: result.address } }),
});
