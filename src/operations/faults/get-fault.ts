import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { FAULT_ID } from '../schemas/examples.js';
import { component, idSchema } from '../schemas/schemas.js';
import { faultInfo, noSuchFault } from './fault-rules.js';
import { FaultInfoSchema } from './fault-schemas.js';

export const faultIdParameter = { faultId: idSchema('A fault id, as armFault gave it.') };

export const getFault = ownOperation({
  name: 'getFault',
  summary: 'One fault, with its counters',
  description: '`calls` counts the calls that matched, `hits` those that were hit.',
  scope: 'session',
  params: component('GetFaultRequest', 'Which fault.', faultIdParameter),
  result: FaultInfoSchema,
  example: { params: { faultId: FAULT_ID } },
  effect: 'read',
  rest: { method: 'GET', path: '/sessions/{sessionId}/faults/{faultId}' },
  run(session, { faultId }, _call, daemon) {
    const rule = session.faults.find(faultId);
    return rule ? ok(faultInfo(daemon, session, rule)) : noSuchFault;
  },
});
