import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { InstantQueue } from '../../../src/daemon/waiting/instant-queue.js';
import { ManualClock } from './manual-clock.js';

/** A queue whose turns of the event loop the test makes, and whose timers fire early. */
const setup = (earlyMs = 0) => {
  const clock = new ManualClock();
  const turns: (() => void)[] = [];
  const timers: number[] = [];
  const woken: string[] = [];
  const queue = new InstantQueue({
    now: () => clock.now(),
    setImmediate: (run) => void turns.push(run),
    setTimeout: (ms, run) => {
      timers.push(ms);
      return clock.setTimeout(ms - earlyMs, run);
    },
  });
  const add = (name: string, instant: number) => queue.at(instant, () => woken.push(name));
  return { clock, turns, timers, woken, add, turn: () => turns.shift()?.() };
};

test('it never wakes early by the clock of the system, whatever fraction of a millisecond is left', async () => {
  // Timers of the clock do not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  const queue = new InstantQueue(systemClock);
  const lateness = (ahead: number): Promise<number> =>
    new Promise((resolve) => {
      const instant = systemClock.now() + ahead;
      queue.at(instant, () => resolve(systemClock.now() - instant));
    });
  try {
    const late = await Promise.all(Array.from({ length: 40 }, (_, at) => lateness(at * 0.37)));
    assert.deepEqual(
      late.filter((ms) => ms < 0),
      [],
    );
  } finally {
    clearInterval(alive);
  }
});

test('a timer ends before the instant, and turns of the event loop pass until then', () => {
  const { clock, turns, timers, woken, add, turn } = setup(0.75);
  add('a', 10.5);
  clock.advance(9);
  assert.deepEqual([timers, woken, turns.length], [[9, 1], [], 1]);
  clock.advance(1.25);
  turn();
  assert.deepEqual([woken, turns.length], [[], 1]);
  clock.advance(0.25);
  turn();
  assert.deepEqual([woken, turns.length, clock.pending], [['a'], 0, 0]);
});

test('one instant wakes in the order of adding, an earlier one before', () => {
  const { clock, woken, add, turn } = setup();
  add('b', 50);
  clock.advance(0.9);
  add('c', 50);
  add('a', 20);
  add('d', 50.5);
  assert.equal(clock.pending, 1, 'one timer for all');
  clock.advance(20);
  turn();
  assert.deepEqual(woken, ['a']);
  clock.advance(30);
  turn();
  assert.deepEqual(woken, ['a', 'b', 'c', 'd']);
});

test('an instant of the past wakes in a later turn', () => {
  const { clock, woken, add, turn } = setup();
  clock.advance(10);
  add('a', 5);
  assert.deepEqual(woken, []);
  turn();
  assert.deepEqual(woken, ['a']);
});

test('a stopped one never wakes, and the others do', () => {
  const { clock, woken, turns, add, turn } = setup();
  const first = add('a', 100);
  const second = add('b', 1);
  add('c', 200);
  first.stop();
  second.stop();
  turn();
  assert.equal(turns.length, 0);
  clock.advance(200);
  turn();
  assert.deepEqual([woken, clock.pending], [['c'], 0]);
  first.stop();
});
