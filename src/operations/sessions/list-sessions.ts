import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { nextCursorSchema, page, pageParams } from '../schemas/paging.js';
import { component } from '../schemas/schemas.js';
import { SessionInfoSchema, sessionInfo } from './session-info.js';

export const listSessions = operation({
  name: 'listSessions',
  summary: 'The sessions of the owner',
  description: 'Every live session that the owner of the token began, in the order of their beginning.',
  winsock: [],
  scope: 'daemon',
  params: component('ListSessionsRequest', pageParams, 'Paging.'),
  result: component(
    'SessionList',
    { sessions: Type.Array(SessionInfoSchema, { description: 'One page.' }), nextCursor: nextCursorSchema },
    'A page of sessions.',
  ),
  errors: [],
  effect: 'read',
  uninitialised: true,
  duringBlockingCall: true,
  rest: { method: 'GET', path: '/sessions', in: { limit: 'query', cursor: 'query' } },
  run(daemon, params, call) {
    const { entries, ...rest } = page(daemon.sessions.list(call.owner), params);
    return ok({ sessions: entries.map((s) => sessionInfo(s, daemon, call)), ...rest });
  },
});
