import type { Call } from '../../daemon/calls/call.js';
import type { Lane } from '../../daemon/calls/lane.js';
import type { JournalEntry } from '../../daemon/journal/journal-entry.js';
import type { Recorded } from './record-call.js';
import type { Delivery, Reply } from './reply.js';
import type { Resolved } from './resolve-ids.js';

/**
 * Settles a call when its answer is known to be delivered or not: see Reply.settle. It does not keep the
 * parameters and the result, which may be long.
 *
 * @param lane held until then
 * @param end ends what the call has created
 */
export const settling = (
  call: Call,
  lane: Lane | undefined,
  { session, socket }: Resolved,
  end: (() => void) | undefined,
  recorded: Recorded | undefined,
): Reply['settle'] => {
  const journal = recorded?.journal;
  let kept: JournalEntry | WeakRef<JournalEntry> | undefined = recorded?.entry;
  let settled: Delivery | undefined;
  return (delivered) => {
    const wasCollected = settled === 'collected';
    if (settled !== undefined && (!wasCollected || delivered === 'collected')) return;
    settled = delivered;
    if (!wasCollected) {
      if (delivered) call.keepConsumed();
      else call.giveBack();
    } else if (!delivered) end?.();
    const entry = kept instanceof WeakRef ? kept.deref() : kept;
    if (!delivered && entry) journal?.undelivered(entry, wasCollected);
    if (!wasCollected) lane?.leave();
    if (delivered !== 'collected') session?.journal.release(socket?.journal);
    // Thousands of calls may wait for one answer: it keeps no entries that the journals have dropped.
    else if (entry) kept = new WeakRef(entry);
  };
};
