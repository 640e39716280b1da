import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { nextCursorSchema, page, pageParams } from '../schemas/paging.js';
import { component } from '../schemas/schemas.js';
import { SocketInfoSchema, socketInfo } from './socket-info.js';

export const listSockets = operation({
  name: 'listSockets',
  summary: 'The sockets of a session',
  description: 'Every socket that is not closed, the oldest first.',
  winsock: [],
  scope: 'session',
  params: component('ListSocketsRequest', pageParams, 'Paging.'),
  result: component(
    'SocketList',
    { sockets: Type.Array(SocketInfoSchema, { description: 'One page.' }), nextCursor: nextCursorSchema },
    'A page of sockets.',
  ),
  errors: [],
  effect: 'read',
  uninitialised: true,
  duringBlockingCall: true,
  rest: {
    method: 'GET',
    path: '/sessions/{sessionId}/sockets',
    query: ['limit', 'cursor'],
  },
  run(session, params, _call, daemon) {
    const found = page(daemon.sockets.of(session), session.socketsOpened, params);
    if (!found.ok) return found;
    const { entries, ...rest } = found.value;
    return ok({ sockets: entries.map(socketInfo), ...rest });
  },
});
