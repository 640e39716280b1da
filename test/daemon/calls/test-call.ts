import { Call } from '../../../src/daemon/calls/call.js';
import { WaitingCalls } from '../../../src/daemon/calls/waiting-calls.js';
import { InstantQueue } from '../../../src/daemon/waiting/instant-queue.js';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { ManualClock } from '../waiting/manual-clock.js';

/** What calls share. @param most calls of one owner that may wait */
export const sharedByCalls = (most = 1000) => ({
  waiting: new WaitingCalls(most),
  turns: new Turns({ setImmediate: (run) => void setImmediate(run) }),
  instants: new InstantQueue(new ManualClock()),
});

/** A call whose client stays connected, and whose time limits are never reached. */
export const testCall = (shared = sharedByCalls()): Call => {
  const caller = { gone: false, onGone: () => {} };
  return new Call({ clock: new ManualClock(), capMs: 25_000, ...shared }, 'alice', caller);
};
