import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { FAULT_ID } from '../schemas/examples.js';
import { component } from '../schemas/schemas.js';
import { faultInfo, noSuchFault, restoreRule } from './fault-rules.js';
import { FaultInfoSchema } from './fault-schemas.js';
import { faultIdParameter } from './get-fault.js';

export const removeFault = ownOperation({
  name: 'removeFault',
  summary: 'Disarm a fault',
  description: [
    'The fault hits no more; the answer has its last counters. A `freeze`, `bandwidth` or `latency` that it',
    'began ends; nothing else that it did is undone. If the answer cannot be delivered, the rule is armed',
    'again with its counters, so that the call can be repeated; a freeze stays ended.',
  ].join('\n'),
  scope: 'session',
  params: component('RemoveFaultRequest', 'Which fault.', faultIdParameter),
  result: FaultInfoSchema,
  example: { params: { faultId: FAULT_ID } },
  effect: 'change',
  affects: 'all',
  givesBack: true,
  rest: { method: 'DELETE', path: '/sessions/{sessionId}/faults/{faultId}' },
  run(session, { faultId }, call, daemon) {
    const rule = session.faults.find(faultId);
    if (!rule) return noSuchFault;
    session.faults.remove(faultId);
    call.onUndelivered(() => restoreRule(daemon, session, rule));
    return ok(faultInfo(daemon, session, rule));
  },
});
