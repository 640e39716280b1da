import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { emptyResult } from '../schemas/schemas.js';
import { SessionInfoSchema, sessionInfo } from './session-info.js';

export const getSession = ownOperation({
  name: 'getSession',
  summary: 'One session',
  description: 'Reading a session counts as use: its lease begins anew.',
  scope: 'session',
  params: emptyResult('GetSessionRequest'),
  result: SessionInfoSchema,
  effect: 'read',
  uninitialised: true,
  rest: { method: 'GET', path: '/sessions/{sessionId}' },
  run: (session, _params, call, daemon) => ok(sessionInfo(session, daemon, call)),
});
