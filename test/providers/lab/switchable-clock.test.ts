import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SwitchableClock } from '../../../src/providers/lab/switchable-clock.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';

test('follows its base until the first advance; timers set before keep their times', async () => {
  const base = new ManualClock();
  const clock = new SwitchableClock(base);
  const ran: string[] = [];
  clock.setTimeout(100, () => ran.push('early'));
  clock.setTimeout(1000, () => ran.push('late'));
  clock.setTimeout(1000, () => ran.push('cleared')).clear();
  base.advance(100);
  assert.deepEqual([ran, clock.elapsed], [['early'], 100]);
  assert.equal(await clock.advance(0), 0);
  assert.equal(base.pending, 0, 'nothing of it runs on the base any more');
  base.advance(5000);
  assert.deepEqual([ran, clock.elapsed], [['early'], 100]);
  assert.equal(await clock.advance(899), 0);
  assert.equal(await clock.advance(1), 1);
  assert.deepEqual([ran, clock.elapsed], [['early', 'late'], 1000]);
});

test('runs due timers in order, each at its time and with its immediates', async () => {
  const clock = new SwitchableClock(new ManualClock());
  const ran: string[] = [];
  const note = (what: string) => ran.push(`${clock.elapsed} ${what}`);
  clock.setTimeout(20, () => note('second'));
  clock.setTimeout(20, () => note('third'));
  clock.setTimeout(10, () => {
    note('first');
    clock.setTimeout(5, () => note('set by the first'));
    clock.setImmediate(() => {
      note('the turn after it');
      clock.setImmediate(() => note('and the next'));
    });
  });
  assert.equal(await clock.advance(86_400_000), 4);
  assert.deepEqual(ran, [
    '10 first',
    '10 the turn after it',
    '10 and the next',
    '15 set by the first',
    '20 second',
    '20 third',
  ]);
  assert.equal(clock.elapsed, 86_400_000);
});

test('runs concurrent advances one after the other', async () => {
  const clock = new SwitchableClock(new ManualClock());
  const seen: number[] = [];
  clock.setTimeout(10, () => clock.setImmediate(() => seen.push(clock.elapsed)));
  clock.setTimeout(30, () => seen.push(clock.elapsed));
  assert.deepEqual(await Promise.all([clock.advance(20), clock.advance(20)]), [1, 1]);
  assert.deepEqual([seen, clock.elapsed], [[10, 30], 40]);
});
