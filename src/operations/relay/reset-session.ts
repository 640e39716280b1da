import { ok } from '../../winsock/outcome.js';
import { restoreRule } from '../faults/fault-rules.js';
import { ownOperation } from '../operation.js';
import { component, count } from '../schemas/schemas.js';

export const resetSession = ownOperation({
  name: 'resetSession',
  summary: 'End all faults and relays of a session',
  description: [
    'Its sockets stay as they are; the pairs of its relays are reset. What faults hold back or hide shows at',
    'once. If the answer cannot be delivered, the faults are armed again, with their counters, but not those',
    'of relays.',
  ].join('\n'),
  scope: 'session',
  params: component('ResetSessionRequest', 'Nothing but the session.', {}),
  result: component('ResetSessionResult', 'What has ended.', {
    faults: count('How many faults, with those of relays.'),
    relays: count('How many relays.'),
  }),
  effect: 'change',
  affects: 'all',
  givesBack: true,
  rest: { path: '/sessions/{sessionId}/reset' },
  async run(session, _params, call, daemon) {
    const faults = session.faults.rules.length;
    const relays = daemon.relays.of(session);
    const ends = relays.flatMap((relay) => relay.end('reset'));
    const rules = session.faults.removeAll();
    call.onUndelivered(() => {
      for (const rule of rules) restoreRule(daemon, session, rule);
    });
    // Resets do not linger: when the answer comes, their handles are closed.
    await Promise.all(ends.map((end) => end.whenSettled()));
    return ok({ faults, relays: relays.length });
  },
});
