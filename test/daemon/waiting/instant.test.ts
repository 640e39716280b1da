import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { atInstant } from '../../../src/daemon/waiting/instant.js';
import { ManualClock } from './manual-clock.js';

/** Milliseconds from the instant to the wake, by the system's clock. */
const lateness = (ahead: number): Promise<number> =>
  new Promise((resolve) => {
    const instant = systemClock.now() + ahead;
    atInstant(systemClock, instant, () => resolve(systemClock.now() - instant));
  });

test('it never wakes early, whatever fraction of a millisecond is left', async () => {
  const aheads = Array.from({ length: 40 }, (_, at) => at * 0.37);
  // Timers of Node do not keep a process alive here.
  const alive = setInterval(() => undefined, 1000);
  try {
    const late = await Promise.all(aheads.map(lateness));
    assert.deepEqual(
      late.filter((ms) => ms < 0),
      [],
    );
  } finally {
    clearInterval(alive);
  }
});

test('a timer that fires early is followed by turns of the event loop', async () => {
  const turns: (() => void)[] = [];
  const clock = new ManualClock();
  const early = { now: () => clock.now(), setImmediate: (run: () => void) => void turns.push(run) };
  let wakes = 0;
  const timers: number[] = [];
  const setTimeout = (ms: number, run: () => void) => {
    timers.push(ms);
    return clock.setTimeout(ms - 0.75, run);
  };
  atInstant({ ...early, setTimeout }, 10.5, () => wakes++);
  clock.advance(9);
  assert.deepEqual([timers, wakes, turns.length], [[9, 1], 0, 1]);
  clock.advance(1.25);
  turns.shift()?.();
  assert.deepEqual([wakes, turns.length], [0, 1]);
  clock.advance(0.25);
  turns.shift()?.();
  assert.deepEqual([wakes, turns.length, clock.pending], [1, 0, 0]);
});

test('an instant of the past wakes in a later turn; a stopped one never wakes', async () => {
  let wakes = 0;
  atInstant(systemClock, systemClock.now() - 5, () => wakes++);
  atInstant(systemClock, systemClock.now(), () => wakes++).stop();
  const clock = new ManualClock();
  atInstant(clock, 100, () => wakes++).stop();
  assert.deepEqual([wakes, clock.pending], [0, 0]);
  await new Promise(setImmediate);
  clock.advance(100);
  await new Promise(setImmediate);
  assert.equal(wakes, 1);
});
