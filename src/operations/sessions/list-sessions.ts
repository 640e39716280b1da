import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { nextCursorSchema, page, pageParams } from '../schemas/paging.js';
import { component } from '../schemas/schemas.js';
import { SessionInfoSchema, sessionInfo } from './session-info.js';

export const listSessions = operation({
  name: 'listSessions',
  summary: 'The sessions of the owner',
  description: 'Every live session that the owner of the token began, the oldest first.',
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
  rest: { method: 'GET', path: '/sessions', query: ['limit', 'cursor'] },
  run(daemon, params, call) {
    const { sessions } = daemon;
    const found = page(sessions.list(call.owner), sessions.begunBy(call.owner), params);
    if (!found.ok) return found;
    const { entries, ...rest } = found.value;
    return ok({ sessions: entries.map((s) => sessionInfo(s, daemon, call)), ...rest });
  },
});
