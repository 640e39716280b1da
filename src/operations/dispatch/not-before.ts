import type { EndReason } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Turn } from './faults-on-call.js';
import { resolveIds } from './resolve-ids.js';

/**
 * Lets a call wait for the instant before which it must not begin. What ends other calls of its session and
 * socket ends this wait too. Afterwards `on.error` says whether its ids still exist.
 *
 * @param instant by the daemon's clock, milliseconds
 * @returns why the call ended before; undefined if it did not
 */
export const waitForInstant = async (
  run: Turn,
  instant: number,
  daemon: Daemon,
): Promise<EndReason | undefined> => {
  const { op, on, call, params } = run;
  const { session, socket } = on;
  const calls = session?.calls ?? daemon.calls;
  calls.add(call);
  // A close is not ended by another close: it may find that the socket is closed already.
  if (!op.closes) socket?.calls.enter(call, op.lane);
  const wake = await call.waitUntil(instant);
  socket?.calls.leave(call);
  calls.delete(call);
  const { error } = resolveIds(daemon, op, call.owner, params);
  if (error) run.on = { ...on, error };
  return wake === 'ready' ? call.ended : wake;
};
