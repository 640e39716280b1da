/** What is called when a signal is aborted: one listener of the signal, however many calls it is given to. */
class Hearers extends Set<() => void> {
  handleEvent(): void {
    for (const hear of [...this]) hear();
  }
}

/** Those of each signal that has some. */
const HEARERS = new WeakMap<AbortSignal, Hearers>();

/**
 * Calls a function when a signal is aborted. That one signal is given to many calls, such as that of a shutdown, is
 * usual; but Node warns of a leak where a signal has more than ten listeners.
 *
 * @param hear a function of the caller's own, which nobody else gives
 * @returns makes the signal forget it
 */
export const whenAborted = (signal: AbortSignal | undefined, hear: () => void): (() => void) => {
  if (signal === undefined) return () => undefined;
  const hearers = HEARERS.get(signal) ?? new Hearers();
  HEARERS.set(signal, hearers.add(hear));
  signal.addEventListener('abort', hearers); // the same one again adds none
  return () => {
    hearers.delete(hear);
    if (hearers.size === 0) signal.removeEventListener('abort', hearers);
  };
};
