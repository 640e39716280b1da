import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { emptyResult } from '../schemas/schemas.js';

export const endSession = ownOperation({
  name: 'endSession',
  summary: 'End a session and everything it owns',
  description: 'Closes its sockets, ends its pending calls with WSA_OPERATION_ABORTED, and forgets it.',
  scope: 'session',
  params: emptyResult('EndSessionRequest'),
  result: emptyResult('EndSessionResult'),
  effect: 'change',
  affects: 'all',
  uninitialised: true,
  rest: { method: 'DELETE', path: '/sessions/{sessionId}' },
  async run(session, _params, _call, daemon) {
    await daemon.sessions.end(session, 'session-ended');
    return ok({});
  },
});
