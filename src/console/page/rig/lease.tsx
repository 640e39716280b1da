import { signal } from '@preact/signals';
import type { RigSession } from '../../model/rig.js';
import { useLink } from '../link-context.js';

/** The time of day, once a second: only the countdowns read it. */
const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

/**
 * How long the session still lives if nothing uses it, and the call that renews it.
 *
 * @param describedBy the id of the element that tells the session from others
 */
export const Lease = ({
  session: { info, leaseEndsMs },
  describedBy,
}: {
  session: RigSession;
  describedBy: string;
}) => {
  const link = useLink();
  const isHeld = link.held.value.has(info.sessionId);
  const left = Math.max(0, Math.ceil((leaseEndsMs - link.rig.value.clockAheadMs - now.value) / 1000));
  return (
    <span class="lease">
      {isHeld ? (
        <span title="This page uses the session: its lease does not run out while the page is connected.">
          lease held by this page
        </span>
      ) : (
        <span role="timer" aria-live="off" class={left <= 10 ? 'soon' : undefined}>
          lease {clockText(Math.min(left, info.leaseSeconds))}
        </span>
      )}
      <button
        type="button"
        aria-describedby={describedBy}
        onClick={() => link.call('renewSession', { sessionId: info.sessionId })}
      >
        Renew
      </button>
    </span>
  );
};

/** Seconds as minutes and seconds, or hours and minutes. */
const clockText = (seconds: number): string => {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
};
