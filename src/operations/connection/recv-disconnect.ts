import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { bytesResult } from '../schemas/buffers.js';
import { BytesSchema, component, int32, parameters } from '../schemas/schemas.js';

export const recvDisconnect = operation({
  name: 'recvDisconnect',
  summary: 'Stop receiving, and fetch the disconnect data of the peer',
  description: [
    'Call it after recv has answered `eof`: then `disconnectData` has what the peer gave to sendDisconnect.',
    'Earlier, or if the provider has no disconnect data, it only stops receiving, as shutdown SD_RECEIVE.',
    'The data may be fetched again until close. With less room than the data needs the answer is WSAEFAULT',
    'with `requiredLength`, and nothing has happened.',
  ].join('\n'),
  winsock: ['WSARecvDisconnect'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect',
  scope: 'socket',
  params: parameters('RecvDisconnectRequest', {
    maxBytes: Type.Optional(int32('Room for the data; 65,536 without it.', 0, 65_536)),
  }),
  result: component('RecvDisconnectResult', 'The data of the peer, if it sent any.', {
    disconnectData: Type.Optional(BytesSchema),
  }),
  errors: ['WSAEFAULT', 'WSAENOPROTOOPT', 'WSAENOTCONN'],
  advice: { WSAENOTCONN: 'the socket has not been connected; connect it first.' },
  example: {
    sockets: ['accepted'],
    params: { maxBytes: 512 },
    result: {},
  },
  effect: 'change',
  does: 'receivesEnd',
  givesBack: true,
  refusals: ['quota', 'overloaded'],
  run(socket, { maxBytes: room = 65_536 }, call, daemon) {
    const bytes = daemon.bytes.of(call.owner);
    const full = bytes.refused(room);
    if (full) return full;
    const got = socket.inbound.recvDisconnect(socket, room);
    if (!got.ok) return got;
    call.keepBytes(got.value?.length ?? 0, bytes);
    // After a connect that was rejected with data there is nothing to shut down, and the socket may connect
    // again.
    const neverConnected = socket.isStream && (socket.state === 'fresh' || socket.state === 'bound');
    if (!neverConnected) socket.underlying.wasShutDown('SD_RECEIVE');
    return ok(got.value === undefined ? {} : { disconnectData: bytesResult(got.value) });
  },
});
