import { endedAnswer } from '../../../daemon/calls/call.js';
import { int32 } from '../../schemas/schemas.js';
import { caused, type Effect, LONGEST_MS, type Members } from '../effect.js';

const schema = {
  delayMs: int32('With `delay`: milliseconds, below the wait limit of the daemon.', 1, LONGEST_MS),
};
type Given = Members<typeof schema>;

/**
 * Lets the call go on after that many milliseconds, unless its limits or somebody else end it before. A close
 * is not among the calls that another close ends: it may find that there is nothing left to close.
 */
export const delay: Effect = {
  kind: 'delay',
  text: 'waits `delayMs` before the call',
  schema,
  // Each repetition of a call begins the delay anew: one that outlasts the wait limit is never over.
  check({ delayMs = 0 }: Partial<Given>, { limits }) {
    const most = limits.waitSeconds * 1000;
    if (delayMs < most) return [];
    const detail = `must be below ${most}, the wait limit of the daemon: the call would never be made`;
    return [{ path: ['delayMs'], detail }];
  },
  part: () => 'precedes',
  async before({ call, name, daemon: { clock } }, { delayMs }: Given, { id: faultId }) {
    const wake = await call.wait((ready) => {
      const timer = clock.setTimeout(delayMs, ready);
      return { stop: () => timer.clear() };
    });
    const ended = wake === 'ready' ? call.ended : wake;
    return ended && caused(call, { faultId, effect: 'delay' }, endedAnswer(ended, name));
  },
};
