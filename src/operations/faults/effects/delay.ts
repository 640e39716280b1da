import { endedAnswer } from '../../../daemon/calls/call.js';
import { int32 } from '../../schemas/schemas.js';
import { caused, type Effect, LONGEST_MS, type Members } from '../effect.js';

/** Also a member of `slowClose`. */
export const delaySchema = {
  delayMs: int32(
    'With `delay` (below the wait limit of the daemon) and `slowClose`: milliseconds.',
    1,
    LONGEST_MS,
  ),
};
type Given = Members<typeof delaySchema>;

/**
 * Holds the call for so many milliseconds, unless its limits or another call end it before. A close is not
 * ended by another close: it may find that the socket is closed already.
 */
export const delay: Effect = {
  kind: 'delay',
  text: 'waits `delayMs` before the call',
  schema: delaySchema,
  // Every repetition of a call begins the delay anew: one beyond the wait limit would never be over.
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
    if (wake === 'quota') {
      // The call is refused before it has waited: the rule has not acted.
      call.writableFaults.removeId(faultId);
      return endedAnswer(wake, name);
    }
    const ended = wake === 'ready' ? call.ended : wake;
    return ended && caused(call, { faultId, effect: 'delay' }, endedAnswer(ended, name));
  },
};
