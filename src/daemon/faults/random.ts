/**
 * A small deterministic generator (mulberry32): the same seed gives the same numbers on every system. It is
 * for faults and simulated loss, never for secrets.
 *
 * @param seed any integer; its lower 32 bits are used
 * @returns a function that draws the next number, 0 <= x < 1
 */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
