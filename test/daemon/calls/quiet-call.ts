import { Call } from '../../../src/daemon/calls/call.js';
import { ManualClock } from '../waiting/manual-clock.js';

/** A call whose caller stays, and whose limits never come. */
export const quietCall = (): Call => {
  const caller = { gone: false, onGone: () => {} };
  return new Call({ clock: new ManualClock(), caller, owner: 'alice', capMs: 25_000 });
};
