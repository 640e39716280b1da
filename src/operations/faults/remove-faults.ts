import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component, int32 } from '../schemas/schemas.js';
import { MOST } from './effect.js';
import { restoreRule } from './fault-rules.js';

export const removeFaults = ownOperation({
  name: 'removeFaults',
  summary: 'Disarm all faults of a session and its sockets',
  description: [
    'As removeFault for each of them: what they hold back or hide shows at once. If the answer cannot be',
    'delivered, all are armed again, with their counters.',
  ].join('\n'),
  scope: 'session',
  params: component('RemoveFaultsRequest', 'Nothing but the session.', {}),
  result: component('RemoveFaultsResult', 'What was removed.', {
    removed: int32('How many faults.', 0, MOST),
  }),
  effect: 'change',
  affects: 'all',
  givesBack: true,
  rest: { method: 'DELETE', path: '/sessions/{sessionId}/faults' },
  run(session, _params, call, daemon) {
    // The one place for whatever stands between the programs of a session: it ends here, all of it at once.
    const rules = session.faults.removeAll();
    call.onUndelivered(() => {
      for (const rule of rules) restoreRule(daemon, session, rule);
    });
    return ok({ removed: rules.length });
  },
});
