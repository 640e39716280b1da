import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import type { Session } from '../../daemon/sessions/session.js';
import { fail, ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { SOCKET_ID } from '../schemas/examples.js';
import { component, sessionIdSchema, socketIdSchema, socketState } from '../schemas/schemas.js';

export const duplicate = operation({
  name: 'duplicate',
  summary: 'A second id of the same socket',
  description: [
    'Makes a second id with a handle of its own, in this session or in another one of the same owner. The',
    'ids share the connection, its options, what is shut down and the selection of network events. Each id',
    'has its own blocking mode, time limits and waiting calls; the new one begins blocking. Closing an id',
    'leaves the others and the selection; the connection ends with the last id, and only there SO_LINGER',
    'counts. The duplicate of a socket that is bound later can receive as well.',
  ].join('\n'),
  winsock: ['WSADuplicateSocket'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw',
  scope: 'socket',
  params: component(
    'DuplicateRequest',
    'What duplicate takes: the session that gets the id; without it, that of the socket.',
    { sessionId: Type.Optional(sessionIdSchema) },
  ),
  result: component('DuplicateResult', 'The second id.', { socketId: socketIdSchema, state: socketState }),
  errors: ['WSAEINVAL', 'WSAEMFILE', 'WSAENOBUFS', 'WSAEFAULT'],
  example: { sockets: ['client'], params: {}, result: { socketId: SOCKET_ID, state: 'connected' } },
  effect: 'change',
  does: 'duplicates',
  run(socket, { sessionId }, call, daemon) {
    const target: Answer<Session> =
      sessionId === undefined ? ok(socket.session) : daemon.sessions.find(call.owner, sessionId);
    if (!target.ok) return target;
    const session = target.value;
    if (!session.isInitialised) return fail('WSANOTINITIALISED', 'WSADuplicateSocket');
    const overQuota = daemon.sockets.overQuota(call.owner);
    if (overQuota) return overQuota;
    const second = daemon.sockets.duplicate(socket, session);
    if (!second.ok) return second;
    call.onUndelivered(() => daemon.sockets.end(second.value, 'closed'));
    return ok({ socketId: second.value.id, state: second.value.state });
  },
  created: ({ socketId }) => ({ kind: 'socket', id: socketId }),
});
