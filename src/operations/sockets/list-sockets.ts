import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { nextCursorSchema, PAGE_QUERY, page, pageParams } from '../schemas/paging.js';
import { component } from '../schemas/schemas.js';
import { SocketInfoSchema, socketInfo } from './socket-info.js';

export const listSockets = ownOperation({
  name: 'listSockets',
  summary: 'The sockets of a session',
  description: 'Every socket that is not closed, the oldest first.',
  scope: 'session',
  params: component('ListSocketsRequest', 'Paging.', pageParams),
  result: component('SocketList', 'A page of sockets.', {
    sockets: Type.Array(SocketInfoSchema, { description: 'One page.' }),
    nextCursor: nextCursorSchema,
  }),
  effect: 'read',
  uninitialised: true,
  rest: { method: 'GET', path: '/sessions/{sessionId}/sockets', query: PAGE_QUERY },
  run(session, params, _call, daemon) {
    const found = page(daemon.sockets.of(session), session.socketsOpened, params);
    if (!found.ok) return found;
    const { entries, ...rest } = found.value;
    return ok({ sockets: entries.map(socketInfo), ...rest });
  },
});
