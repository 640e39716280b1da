import type { Clock, Timer } from './clock.js';
import type { Subscription } from './subscription.js';

/**
 * A timer fires up to a millisecond early or late. So it ends before the instant, and the rest passes in
 * turns of the event loop, in which everything else goes on.
 */
const REST_MS = 2;

/** Wakes when the clock has reached the instant: never before, and not before this function returns. */
export const atInstant = (
  clock: Pick<Clock, 'now' | 'setTimeout' | 'setImmediate'>,
  instant: number,
  wake: () => void,
): Subscription => {
  let isStopped = false;
  let timer: Timer | undefined;
  const look = (): void => {
    if (isStopped) return;
    if (clock.now() >= instant) wake();
    else lookLater();
  };
  const lookLater = (): void => {
    const left = instant - clock.now();
    if (left > REST_MS) timer = clock.setTimeout(Math.trunc(left) - 1, look);
    else clock.setImmediate(look);
  };
  lookLater();
  return {
    stop: () => {
      isStopped = true;
      timer?.clear();
    },
  };
};
