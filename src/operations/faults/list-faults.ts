import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component, socketIdSchema } from '../schemas/schemas.js';
import { faultInfo } from './fault-rules.js';
import { FaultInfoSchema } from './fault-schemas.js';

export const listFaults = ownOperation({
  name: 'listFaults',
  summary: 'The faults of a session and its sockets, with their counters',
  description: 'In the order of arming. With `socketId` only those armed for that socket.',
  scope: 'session',
  params: component('ListFaultsRequest', 'Which faults.', { socketId: Type.Optional(socketIdSchema) }),
  result: component('FaultList', 'Faults.', {
    faults: Type.Array(FaultInfoSchema, { description: 'All of them; there are at most 1,000.' }),
  }),
  effect: 'read',
  rest: { method: 'GET', path: '/sessions/{sessionId}/faults', query: ['socketId'] },
  run(session, { socketId }, _call, daemon) {
    const rules = session.faults.rules.filter(
      (rule) => socketId === undefined || rule.spec.socketId === socketId,
    );
    return ok({ faults: rules.map((rule) => faultInfo(daemon, session, rule)) });
  },
});
