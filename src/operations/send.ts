import Type from 'typebox';
import { flagBits, SEND_FLAGS } from '../winsock/constants.js';
import { bytesOf } from './buffers.js';
import { operation } from './operation.js';
import { BufferSchema, component, int32, names, timeoutMs } from './schemas.js';
import { SEND_ALSO_SEEN, SEND_ERRORS, sending } from './sending.js';

export const sendFlags = Type.Optional(
  Type.Array(names(['MSG_DONTROUTE'], 'MSG_DONTROUTE.'), { maxItems: 8, description: 'Flags.' }),
);

export const SendResult = component(
  'SendResult',
  {
    bytesSent: int32(
      'How many bytes were taken; fewer than given when something ended the call.',
      0,
      0x7fffffff,
    ),
  },
  'Bytes taken by the stack; not yet bytes that arrived.',
);

export const send = operation({
  name: 'send',
  summary: 'Send on a connection',
  description: [
    'Waits until every byte was taken by the stack. Whatever ends the wait after some bytes were taken (a limit,',
    'cancel, sendDisconnect, close), the answer is 200 with their number.',
  ].join('\n'),
  winsock: ['WSASend', 'send'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend',
  scope: 'socket',
  params: component('SendRequest', { data: BufferSchema, flags: sendFlags, timeoutMs }, 'What send takes.'),
  result: SendResult,
  errors: SEND_ERRORS,
  alsoSeen: SEND_ALSO_SEEN,
  effect: 'change',
  lane: 'send',
  blocking: true,
  run(socket, { data, flags }, call) {
    const bytes = bytesOf(data, '/data', 'WSASend');
    if (!bytes.ok) return bytes;
    const bits = flagBits(SEND_FLAGS, flags);
    return sending(socket, call, {
      data: bytes.value,
      name: 'WSASend',
      once: (left) => socket.use((provider, s) => provider.send(s, left, bits)),
    });
  },
});
