import Type from 'typebox';
import { fail, ok } from '../../winsock/outcome.js';
import { offers } from '../../winsock/protocol-info.js';
import { operation } from '../operation.js';
import { declaredBytes, readBuffer } from '../schemas/buffers.js';
import { BufferSchema, component, emptyResult } from '../schemas/schemas.js';

const NO_DISCONNECT_DATA = fail('WSAENOPROTOOPT', 'WSASendDisconnect', {
  detail:
    'the provider of this socket lacks XP1_DISCONNECT_DATA; leave disconnectData out. Nothing was shut down.',
  extra: { capability: 'disconnectData' },
});

export const sendDisconnect = operation({
  name: 'sendDisconnect',
  summary: 'Stop sending and begin the end of the connection, with disconnect data where the provider has it',
  description: [
    'Like shutdown SD_SEND: further sends are refused (WSAESHUTDOWN), receiving goes on, the peer reads',
    'every byte and then the end. It does not close the socket: close frees it. It never waits, whatever',
    'SO_LINGER says, nor for a call that waits to send: that call ends, as at shutdown. Do not rely on',
    'connecting the socket again.',
    '',
    '`disconnectData` travels behind the last byte; recvDisconnect fetches it. It needs a socket whose',
    'catalog entry has XP1_DISCONNECT_DATA (see enumProtocols); others answer WSAENOPROTOOPT, and then',
    'nothing was shut down: the connection is as usable as before.',
  ].join('\n'),
  winsock: ['WSASendDisconnect'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect',
  scope: 'socket',
  params: component(
    'SendDisconnectRequest',
    'What sendDisconnect takes. An empty buffer is a buffer; leave it out to send none.',
    { disconnectData: Type.Optional(BufferSchema) },
  ),
  result: emptyResult('SendDisconnectResult'),
  errors: ['WSAENOPROTOOPT', 'WSAENOTCONN', 'WSAEFAULT'],
  alsoSeen: {
    WSAESHUTDOWN: 'sending was shut down before, with other disconnect data, which stays',
  },
  example: {
    sockets: ['client'],
    requests: {
      withoutData: { summary: 'Without data, as on TCP.', params: {} },
      lab: {
        summary: 'With data, on a socket of the lab; TCP carries none, and answers WSAENOPROTOOPT.',
        params: { disconnectData: { text: 'bye' } },
        refused: 'WSAENOPROTOOPT',
      },
    },
    result: {},
  },
  effect: 'change',
  does: 'endsSending',
  run(socket, { disconnectData }, call) {
    let data: Buffer | undefined;
    if (disconnectData) {
      const given = readBuffer(disconnectData, ['disconnectData']);
      if (!given.ok) return given;
      // Checked in the catalog before any native call: some stacks would shut down all the same.
      if (!offers(socket.entry, 'XP1_DISCONNECT_DATA')) return NO_DISCONNECT_DATA;
      const bytes = declaredBytes(given.value, 'WSASendDisconnect');
      if (!bytes.ok) return bytes;
      data = bytes.value;
      // Checked here too: a fault may let the call reach the provider when nobody waits for its answer.
      const { disconnectDataLimit: limit = data.length } = socket.entry;
      if (data.length > limit) return fail('WSAEFAULT', 'WSASendDisconnect', { extra: { limit } });
    }
    const done = socket.sendDisconnect(data, call.faults.endsLater);
    return done.ok ? ok({}) : done;
  },
});
