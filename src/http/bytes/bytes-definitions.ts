import Type from 'typebox';
import type { Chapter, DescribedOperation } from '../../operations/operation.js';
import {
  component,
  emptyResult,
  longCount,
  parameters,
  timeoutMs,
} from '../../operations/schemas/schemas.js';
import { recv } from '../../operations/transfer/recv.js';
import { send } from '../../operations/transfer/send.js';

/** How long the client, or the socket, may move no byte, milliseconds. */
export const IDLE_MS = 60_000;

/** The body of a request to a socket, as the documents describe it beside the operations. */
export const SEND_BYTES: DescribedOperation = {
  name: 'sendBytes',
  summary: 'Send the body of the request',
  description: [
    'Sends a body of any length on a stream, by calls of `send` as it arrives, and answers at its end. A',
    'problem has `bytesSent`, too. Other sends on the socket are refused meanwhile. `timeoutMs` limits the',
    'wait for room (WSAETIMEDOUT); a client or a socket that moves no byte for a minute ends it. No method of',
    'JSON-RPC, no step of a batch.',
  ].join('\n'),
  winsock: send.winsock,
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend',
  scope: 'socket',
  params: parameters('SendBytesRequest', { timeoutMs }),
  result: component('SendBytesResult', 'Bytes taken by the stack.', {
    bytesSent: longCount('How many bytes the body had.'),
  }),
  errors: send.errors,
  alsoSeen: send.alsoSeen ?? {},
  advice: send.advice ?? {},
  effect: 'change',
  lane: 'send',
  blocking: true,
  rest: { path: '/sockets/{socketId}/sendBytes', query: ['timeoutMs'], takesBytes: true },
};

/** What a socket receives as the body of an answer. */
export const RECV_BYTES: DescribedOperation = {
  name: 'recvBytes',
  summary: 'Receive as the body of the answer',
  description: [
    'One receive, as by `recv`. With `untilEnd`, which needs HTTP/1.1 and a stream: everything until the end of',
    'the peer, or `maxBytes` in total, in a chunked answer; `timeoutMs` limits each wait for bytes, and the',
    'fields are trailers. A failure behind the first byte closes the connection before the last chunk; its code',
    'is in the journal and the last error. Other receives on the socket are refused meanwhile. No method of',
    'JSON-RPC, no step of a batch.',
  ].join('\n'),
  winsock: recv.winsock,
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv',
  scope: 'socket',
  params: parameters('RecvBytesRequest', {
    maxBytes: Type.Optional(
      longCount('Most bytes. Without `untilEnd`: at most 4 MiB; 65,536 if it is absent.'),
    ),
    untilEnd: Type.Optional(Type.Boolean({ description: 'Until the peer has stopped sending.' })),
    timeoutMs,
  }),
  result: emptyResult('RecvBytesResult'),
  errors: recv.errors,
  alsoSeen: recv.alsoSeen ?? {},
  advice: recv.advice ?? {},
  effect: 'change',
  lane: 'recv',
  blocking: true,
  rest: {
    path: '/sockets/{socketId}/recvBytes',
    query: ['maxBytes', 'untilEnd', 'timeoutMs'],
    answersBytes: {
      'Winsock-Bytes': 'The length of the body.',
      'Winsock-Eof': '`true`: the peer has stopped sending, and every byte was read.',
      'Winsock-Truncated': '`true`: the datagram was longer, and its rest is lost.',
    },
  },
};

/** Their place in the documents. */
export const BYTES_CHAPTER: Chapter<DescribedOperation> = {
  name: 'rawBytes',
  description: 'Bytes as they are, without JSON and base64.',
  operations: [SEND_BYTES, RECV_BYTES],
};
