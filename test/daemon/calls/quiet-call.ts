import { Call } from '../../../src/daemon/calls/call.js';
import { WaitingCalls } from '../../../src/daemon/calls/waiting-calls.js';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { ManualClock } from '../waiting/manual-clock.js';

/** What calls have in common: any number may wait. */
export const together = (most = 1000) => ({
  waiting: new WaitingCalls(most),
  turns: new Turns({ setImmediate: (run) => void setImmediate(run) }),
});

/** A call whose caller stays, and whose limits never come. */
export const quietCall = (shared = together()): Call => {
  const caller = { gone: false, onGone: () => {} };
  return new Call({ clock: new ManualClock(), capMs: 25_000, ...shared }, 'alice', caller);
};
