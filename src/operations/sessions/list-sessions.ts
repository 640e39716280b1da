import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { nextCursorSchema, PAGE_QUERY, page, pageParams } from '../schemas/paging.js';
import { component } from '../schemas/schemas.js';
import { SessionInfoSchema, sessionInfo } from './session-info.js';

export const listSessions = ownOperation({
  name: 'listSessions',
  summary: 'The sessions of the owner',
  description: 'Every live session that the owner of the token began, the oldest first.',
  scope: 'daemon',
  params: component('ListSessionsRequest', 'Paging.', pageParams),
  result: component('SessionList', 'A page of sessions.', {
    sessions: Type.Array(SessionInfoSchema, { description: 'One page.' }),
    nextCursor: nextCursorSchema,
  }),
  effect: 'read',
  rest: { method: 'GET', path: '/sessions', query: PAGE_QUERY },
  run(daemon, params, call) {
    const { sessions } = daemon;
    const found = page(sessions.list(call.owner), sessions.begunBy(call.owner), params);
    if (!found.ok) return found;
    const { entries, ...rest } = found.value;
    return ok({ sessions: entries.map((s) => sessionInfo(s, daemon, call)), ...rest });
  },
});
