import type { Wake } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import { shutDirectionOf } from '../operation.js';
import type { Turn } from './faults-on-call.js';
import { resolveIds } from './resolve-ids.js';

/**
 * Lets a call wait for the instant before which it must not begin. What ends other calls of its session and
 * socket ends this wait too, until `leaveHold`.
 *
 * @param instant by the daemon's clock, milliseconds, in the future
 */
export const holdUntil = ({ op, on, call }: Turn, instant: number, daemon: Daemon): Promise<Wake> => {
  (on.session?.calls ?? daemon.calls).add(call);
  // A close is not ended by another close: it may find that the socket is closed already.
  if (!op.closes) on.socket?.calls.enter(call, shutDirectionOf(op));
  return call.waitUntil(instant);
};

/**
 * After that wait: `on.error` says whether the ids still exist. The call must go on in the same step, since
 * nothing ends it now.
 */
export const leaveHold = (run: Turn, daemon: Daemon): void => {
  const { op, on, call, params } = run;
  on.socket?.calls.leave(call);
  (on.session?.calls ?? daemon.calls).delete(call);
  const { error } = resolveIds(daemon, op, call.owner, params);
  if (error) run.on = { ...on, error };
  else on.socket?.underlying.refresh();
};
