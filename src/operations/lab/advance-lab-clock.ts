import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component, count, int64, longCount } from '../schemas/schemas.js';
import { noLab } from './no-lab.js';

/** 31 days. */
export const FARTHEST_MS = 31 * 24 * 3_600_000;

export const advanceLabClock = ownOperation({
  name: 'advanceLabClock',
  summary: 'Stop the time of the lab network, and move it',
  description: [
    "The first use makes the clock of the session's lab network virtual, for good: its time stands still and",
    'only this call moves it. Timers that become due run in order, and the answer comes when all have run: a',
    'two-hour keep-alive time-out takes no time at all. `advanceMs` 0 only stops the time. Limits of calls,',
    'leases and the rest of the daemon use real time.',
  ].join('\n'),
  scope: 'session',
  params: component('AdvanceLabClockRequest', 'How far.', {
    advanceMs: Type.Optional(int64('By how many milliseconds; 0 without it.', 0, FARTHEST_MS)),
  }),
  result: component('LabClock', 'The clock as it is now.', {
    timeMs: longCount("The network's time: milliseconds since it began."),
    ran: count('How many events became due and ran.'),
  }),
  example: { params: { advanceMs: 1000 }, result: { timeMs: 1000, ran: 0 } },
  effect: 'change',
  affects: 'lab',
  rest: { path: '/sessions/{sessionId}/labClock' },
  async run({ lab }, { advanceMs }) {
    return lab ? ok(await lab.advance(advanceMs ?? 0)) : noLab;
  },
});
