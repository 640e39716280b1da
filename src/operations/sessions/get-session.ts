import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { empty } from '../schemas/schemas.js';
import { SessionInfoSchema, sessionInfo } from './session-info.js';

export const getSession = ownOperation({
  name: 'getSession',
  summary: 'One session',
  description: 'Reading a session counts as using it: its lease begins anew.',
  scope: 'session',
  params: empty('GetSessionRequest'),
  result: SessionInfoSchema,
  effect: 'read',
  uninitialised: true,
  rest: { method: 'GET', path: '/sessions/{sessionId}' },
  run: (session, _params, call, daemon) => ok(sessionInfo(session, daemon, call)),
});
