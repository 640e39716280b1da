import { type Told, textIn } from './made-call.js';

/**
 * Calls in an order in which one can be made after the other: that in which they ended. Where a call waited
 * for something, what overlapped it comes first: it may be what the call waited for, and have ended later.
 */
export const inOrder = (calls: readonly Told[]): readonly Told[] => {
  // Entries come in the order in which they ended: sort keeps it where the times are equal.
  const ended = [...calls].sort((a, b) => a.endMs - b.endMs);
  const placed = new Set<Told>();
  for (const [i, call] of ended.entries()) {
    if (!WAITS.test(call.operation) || !call.waited || call.outcome !== 'ok' || placed.has(call)) {
      placed.add(call);
      continue;
    }
    for (const other of ended.slice(i + 1)) if (causes(other, call)) placed.add(other);
    placed.add(call);
  }
  return [...placed];
};

/** Calls that wait for what another call does. */
const WAITS = /^(?:recv|accept$|conditionalAccept$|select$|poll$|enumNetworkEvents$)/;

/** Whether a call, which ended later, may be what another waited for. */
const causes = (other: Told, waiting: Told): boolean => {
  const socketId = textIn(waiting.params, 'socketId');
  const isOnSame = socketId !== undefined && textIn(other.params, 'socketId') === socketId;
  return (
    other.beganMs < waiting.endMs && !WAITS.test(other.operation) && !ENDS.test(other.operation) && !isOnSame
  );
};

const ENDS = /^(?:cleanup|endSession|resetSession)$/;

/** Waits shorter than this, in milliseconds, are the stack's own. */
const SHORTEST = 5;

/** A note on a call that waited until others had ended: it has to end before them in a sequence. */
export const overlapNote = (call: Told, calls: readonly Told[]): string | undefined => {
  const { operation, waited, beganMs, endMs } = call;
  if (WAITS.test(operation) || !waited || endMs - beganMs < SHORTEST) return undefined;
  const during = calls.filter((other) => other !== call && other.endMs > beganMs && other.endMs < endMs);
  if (during.length === 0) return undefined;
  return 'It waited while other calls ended. One after another, it may wait for ever.';
};
