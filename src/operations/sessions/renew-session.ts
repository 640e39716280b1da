import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { int32, parameters } from '../schemas/schemas.js';
import { leaseTooLong, SessionInfoSchema, sessionInfo } from './session-info.js';

export const renewSession = ownOperation({
  name: 'renewSession',
  summary: 'Begin the lease anew',
  description: 'Every call of a session renews its lease; this one does nothing else.',
  scope: 'session',
  params: parameters('RenewSessionRequest', {
    leaseSeconds: Type.Optional(int32('Another length of the lease, in seconds.', 1, 86_400)),
  }),
  result: SessionInfoSchema,
  example: { params: { leaseSeconds: 3600 } },
  effect: 'change',
  uninitialised: true,
  rest: { path: '/sessions/{sessionId}/renew' },
  run(session, { leaseSeconds }, call, daemon) {
    const tooLong = leaseTooLong(leaseSeconds, daemon.limits);
    if (tooLong) return tooLong;
    session.lease.renew(leaseSeconds);
    return ok(sessionInfo(session, daemon, call));
  },
});
