import { setImmediate as nextTurn } from 'node:timers/promises';

let last: Promise<unknown> = Promise.resolve();

/**
 * Resolves in a turn of the event loop in which no other export works: each has pieces of some milliseconds, and any
 * number of exports may be under way. They come one after the other, and everybody else between any two.
 */
export const ownTurn = async (): Promise<void> => {
  last = last.then(() => nextTurn());
  await last;
};
