import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { empty } from '../schemas/schemas.js';
import { SessionInfoSchema, sessionInfo } from './session-info.js';

export const getSession = operation({
  name: 'getSession',
  summary: 'One session',
  description: 'Reading a session counts as using it: its lease begins anew.',
  winsock: [],
  scope: 'session',
  params: empty('GetSessionRequest'),
  result: SessionInfoSchema,
  errors: [],
  effect: 'read',
  uninitialised: true,
  duringBlockingCall: true,
  rest: { method: 'GET', path: '/sessions/{sessionId}' },
  run: (session, _params, call, daemon) => ok(sessionInfo(session, daemon, call)),
});
