import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { operation } from '../operation.js';
import { component, parameters } from '../schemas/schemas.js';
import { journalReceived } from './journaled.js';
import {
  RECV_ALSO_SEEN,
  RECV_ERRORS,
  receive,
  received,
  receivedByPump,
  receiveParams,
  receiveResult,
} from './receive.js';
import { RESET_OR_EARLIER_DATAGRAM } from './reset-advice.js';

export const recv = operation({
  name: 'recv',
  summary: 'Receive from a connection',
  description: [
    'Takes what has arrived, at most `maxBytes`, or waits for it. `eof`: the peer has stopped sending, and',
    'every byte was read. If the answer cannot be delivered, the bytes go back to the front of the socket.',
    '`buffers` in place of `maxBytes` scatters: the result has `buffers` too. With MSG_WAITALL it waits for',
    'all of `maxBytes`; if something ends it after some bytes, these are the answer. Without room',
    '(`maxBytes` 0, `buffers` of length 0) it waits for bytes of a stream and takes none, but takes a',
    'datagram, whose bytes are lost; no buffer at all is WSAEINVAL.',
  ].join('\n'),
  winsock: ['WSARecv', 'recv'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv',
  scope: 'socket',
  params: parameters('RecvRequest', receiveParams),
  result: component('RecvResult', 'What was received.', receiveResult),
  errors: RECV_ERRORS,
  alsoSeen: RECV_ALSO_SEEN,
  advice: {
    WSAESHUTDOWN: 'receiving was shut down; no more data can be received on this connection.',
    WSAECONNRESET: RESET_OR_EARLIER_DATAGRAM,
  },
  example: {
    sockets: ['accepted'],
    params: { maxBytes: 1024, timeoutMs: 5000 },
    result: { data: { base64: 'aGVsbG8=', len: 5 }, bytesReceived: 5, eof: false, truncated: false },
  },
  effect: 'change',
  does: 'receives',
  lane: 'recv',
  blocking: true,
  refusals: ['overloaded'],
  run(socket, params, call, daemon) {
    const resultOf = call.pump ? receivedByPump : (arrival: Arrival) => received(arrival, params);
    return receive(socket, call, daemon, 'recv', params, resultOf);
  },
  journal: journalReceived,
});
