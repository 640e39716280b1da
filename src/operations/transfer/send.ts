import Type from 'typebox';
import { flagBits, SEND_FLAGS } from '../../winsock/constants.js';
import { operation } from '../operation.js';
import { gathered, MOST_BUFFERS } from '../schemas/buffers.js';
import { BufferSchema, component, int32, keysOf, names, parameters, timeoutMs } from '../schemas/schemas.js';
import { senderFor } from './drop-datagram.js';
import { sendFlagsRefused } from './flags.js';
import { journalSent } from './journaled.js';
import { RESET_OR_EARLIER_DATAGRAM } from './reset-advice.js';
import { SEND_ALSO_SEEN, SEND_ERRORS, sendAll } from './send-all.js';

export const sendFlags = Type.Optional(
  Type.Array(
    names(
      'SendFlag',
      keysOf(SEND_FLAGS),
      'MSG_OOB makes the last byte urgent; MSG_PARTIAL is for providers with XP1_PARTIAL_MESSAGE.',
    ),
    { maxItems: 8 },
  ),
);

/** Exactly one of the two is given. */
export const sendData = {
  data: Type.Optional(BufferSchema),
  buffers: Type.Optional(
    Type.Array(BufferSchema, {
      maxItems: MOST_BUFFERS,
      description: 'In place of data: several buffers, sent in a row as one (scatter/gather).',
    }),
  ),
};

export const SendResult = component(
  'SendResult',
  'Bytes taken by the stack; they may not have arrived yet.',
  {
    bytesSent: int32(
      'How many bytes were taken; fewer than given if something ended the call.',
      0,
      0x7fffffff,
    ),
  },
);

export const send = operation({
  name: 'send',
  summary: 'Send on a connection',
  description: [
    'Waits until the stack has taken every byte. If something ends the wait after some bytes were taken (a',
    'limit, cancel, sendDisconnect, close), the answer is 200 with their number. In non-blocking mode Linux',
    'may take a part; Windows and the lab take a send whole, or it is WSAEWOULDBLOCK. `buffers` in place of',
    '`data` gathers.',
  ].join('\n'),
  winsock: ['WSASend', 'send'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend',
  scope: 'socket',
  params: parameters('SendRequest', { ...sendData, flags: sendFlags, timeoutMs }),
  result: SendResult,
  errors: SEND_ERRORS,
  alsoSeen: SEND_ALSO_SEEN,
  advice: {
    WSAENOTCONN: 'the socket is not connected; connect it first, or use sendTo on a datagram socket.',
    WSAESHUTDOWN: 'sending was shut down; no more data can be sent on this connection.',
    WSAECONNRESET: RESET_OR_EARLIER_DATAGRAM,
  },
  example: {
    sockets: ['client'],
    params: { data: { text: 'hello' }, timeoutMs: 5000 },
    result: { bytesSent: 5 },
  },
  effect: 'change',
  does: 'sends',
  lane: 'send',
  blocking: true,
  run(socket, params, call) {
    const bytes = gathered(params, 'WSASend');
    if (!bytes.ok) return bytes;
    const refused = sendFlagsRefused(socket, params, 'WSASend');
    if (refused) return refused;
    const bits = flagBits(SEND_FLAGS, params.flags);
    return sendAll(socket, call, {
      data: bytes.value,
      name: 'WSASend',
      once: (left) => socket.use((provider, s) => senderFor(provider, call).send(s, left, bits)),
    });
  },
  journal: journalSent,
});
