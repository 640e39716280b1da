import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pace } from '../../../src/daemon/faults/pace.js';
import { ManualClock } from '../waiting/manual-clock.js';

const setup = (bytesPerSecond: number, divides = true) => {
  const clock = new ManualClock();
  let changes = 0;
  const pace = new Pace(bytesPerSecond, divides, clock, () => changes++);
  return { clock, pace, changes: () => changes };
};

test('a tenth of a second passes at once; then nothing, until half of that is there again', () => {
  const { clock, pace, changes } = setup(1000);
  assert.equal(pace.passes, 100);
  pace.passed(60);
  assert.deepEqual([pace.passes, pace.holds], [40, false]);
  pace.passed(40);
  assert.deepEqual([pace.passes, pace.holds, pace.hidesEnd], [0, true, true]);
  clock.advance(49);
  assert.deepEqual([pace.passes, changes()], [0, 0]);
  clock.advance(1);
  assert.deepEqual([pace.passes, pace.hidesEnd, changes()], [50, false, 1]);
  clock.advance(1000);
  assert.equal(pace.passes, 100, 'the allowance does not grow');
});

test('a datagram passes whole, and the next one waits until the pace has made up for it', () => {
  const { clock, pace } = setup(1000, false);
  assert.equal(pace.passes, Number.POSITIVE_INFINITY);
  pace.passed(600);
  assert.equal(pace.passes, 0);
  clock.advance(549);
  assert.equal(pace.passes, 0);
  clock.advance(1);
  assert.equal(pace.passes, Number.POSITIVE_INFINITY);
});

test('one byte a second is a pace, too; a pace that is stopped has no timer', () => {
  const { clock, pace } = setup(1);
  assert.equal(pace.passes, 1);
  pace.passed(1);
  clock.advance(999);
  assert.equal(pace.passes, 0);
  clock.advance(1);
  assert.equal(pace.passes, 1);
  pace.passed(1);
  pace.stop();
  assert.equal(clock.pending, 0);
});

test('whoever takes all that passes gets the pace, and in no time more than it and the allowance', () => {
  const wants = fc.array(fc.record({ bytes: fc.nat(5000), ms: fc.nat(40) }), { maxLength: 80 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), wants, (rate, steps) => {
      const { clock, pace } = setup(rate);
      const allowance = Math.max(1, rate / 10);
      const taken: { at: number; bytes: number }[] = [];
      const take = (most: number): void => {
        const bytes = Math.min(most, pace.passes);
        if (bytes > 0) pace.passed(bytes);
        taken.push({ at: clock.now(), bytes });
      };
      for (const { bytes, ms } of steps) {
        take(bytes);
        clock.advance(ms);
      }
      for (let from = 0; from < taken.length; from++) {
        let sum = 0;
        for (const { at, bytes } of taken.slice(from)) {
          sum += bytes;
          const ms = at - (taken[from]?.at ?? 0);
          assert.ok(sum <= allowance + (rate * ms) / 1000 + 1e-6, `${sum} bytes in ${ms} ms at ${rate}`);
        }
      }
      // From here on all that passes is taken at once.
      const began = clock.now();
      let total = 0;
      while (clock.now() < began + 10_000) {
        const bytes = pace.passes;
        total += bytes;
        if (bytes > 0) pace.passed(bytes);
        clock.advance(1);
      }
      assert.ok(Math.abs(total - rate * 10) <= allowance + rate * 0.2 + 1, `${total} in 10 s at ${rate}`);
    }),
    { numRuns: 60 },
  );
});
