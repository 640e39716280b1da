import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DelayedArrivals, type Latency } from '../../../src/daemon/faults/delayed-arrivals.js';
import { ManualClock } from '../waiting/manual-clock.js';

/** A receive queue that a test fills. */
const setup = (latency: Partial<Latency> = {}) => {
  const clock = new ManualClock();
  const queue = { bytes: 0, ended: false };
  let wake: (() => void) | undefined;
  let changes = 0;
  let lookMs = 0;
  let looks = 0;
  const source = {
    look: () => {
      looks++;
      clock.pass(lookMs);
      lookMs = 0;
      return { ...queue };
    },
    watch: (woken: () => void) => {
      wake = woken;
      return {
        stop: () => {
          wake = undefined;
        },
      };
    },
  };
  const delayed = new DelayedArrivals(
    { latencyMs: 100, jitterMs: 0, seed: 0, ...latency },
    source,
    clock,
    () => changes++,
  );
  delayed.begin();
  const woken = (): void => {
    const run = wake;
    wake = undefined;
    run?.();
  };
  return {
    clock,
    delayed,
    changes: () => changes,
    looks: () => looks,
    watches: () => wake !== undefined,
    arrives(bytes: number) {
      queue.bytes += bytes;
      woken();
    },
    /** The next look lasts so long. */
    lasts(ms: number) {
      lookMs = ms;
    },
    ends() {
      queue.ended = true;
      woken();
    },
    resets() {
      queue.bytes = 0;
      queue.ended = true;
    },
    take(most: number): number {
      const bytes = Math.min(most, delayed.passes, queue.bytes);
      queue.bytes -= bytes;
      delayed.passed(bytes);
      return bytes;
    },
  };
};

const ALL = Number.POSITIVE_INFINITY;

test('a look between the time at which bytes or the end show and a late timer loses no wake-up', () => {
  for (const arrive of ['bytes', 'end'] as const) {
    for (const early of [0, 95]) {
      const { clock, delayed, arrives, ends, changes } = setup();
      if (arrive === 'bytes') arrives(10);
      else ends();
      // Looks may have been made before, so that the timer is one of theirs.
      clock.advance(early);
      clock.pass(105 - early);
      assert.ok(delayed.passes > 0, 'select, poll or FIONREAD');
      assert.equal(delayed.hidesEnd, arrive === 'bytes');
      assert.equal(changes(), 0, 'not in the turn of the look');
      clock.advance(0);
      assert.equal(changes(), 1);
      clock.advance(1_000);
      assert.equal(changes(), 1);
    }
  }
});

test('bytes that become due during a look are announced', () => {
  const { clock, delayed, arrives, lasts, changes } = setup();
  arrives(10);
  clock.advance(85);
  lasts(10);
  clock.advance(5);
  assert.deepEqual([delayed.passes, changes()], [10, 1]);
});

test('looks are as rare as the latency allows', () => {
  const seen = [50, 100, 300, 10_000].map((latencyMs) => {
    const { clock, arrives, looks } = setup({ latencyMs });
    arrives(1);
    const before = looks();
    clock.advance(latencyMs);
    return latencyMs / (looks() - before);
  });
  assert.deepEqual(seen, [10, 10, 30, 50]);
});

test('bytes show when they have been there for the latency, and so does what came behind them', () => {
  const { clock, delayed, arrives, take, changes } = setup();
  assert.deepEqual([delayed.passes, delayed.holds], [0, false], 'nothing has arrived');
  arrives(10);
  assert.deepEqual([delayed.passes, delayed.holds], [0, true]);
  clock.advance(30);
  arrives(5);
  clock.advance(69);
  assert.deepEqual([delayed.passes, changes()], [0, 0]);
  clock.advance(1);
  assert.deepEqual([delayed.passes, changes()], [10, 1]);
  // The second arrival was noticed at the next look, 10 ms later.
  clock.advance(40);
  assert.deepEqual([delayed.passes, changes()], [15, 2]);
  assert.deepEqual([take(12), take(12), take(12)], [12, 3, 0]);
});

test('the end shows behind the bytes, after its own latency; then nothing is held back', () => {
  const { clock, delayed, arrives, ends, take, changes } = setup();
  arrives(10);
  clock.advance(50);
  ends();
  clock.advance(50);
  assert.deepEqual([delayed.passes, delayed.hidesEnd, take(100)], [10, true, 10]);
  assert.deepEqual([delayed.passes, delayed.holds], [0, true]);
  clock.advance(60);
  assert.deepEqual([delayed.passes, delayed.hidesEnd, delayed.holds], [ALL, false, false]);
  assert.deepEqual([changes(), clock.pending], [2, 0]);
});

test('a reset that empties the queue leaves nothing to wait for but the end', () => {
  const { clock, delayed, arrives, resets } = setup();
  arrives(10);
  clock.advance(10);
  resets();
  clock.advance(10);
  assert.deepEqual([delayed.passes, delayed.hidesEnd], [0, true]);
  clock.advance(110);
  assert.deepEqual([delayed.passes, delayed.hidesEnd], [ALL, false]);
});

test('without bytes one watch waits, and no timer; a stop ends both', () => {
  const { clock, delayed, arrives, watches, take } = setup();
  assert.deepEqual([watches(), clock.pending], [true, 0]);
  arrives(1);
  assert.deepEqual([watches(), clock.pending], [false, 1]);
  clock.advance(100);
  assert.deepEqual([watches(), clock.pending], [false, 0], 'it shows, and nobody has taken it');
  take(1);
  assert.deepEqual([watches(), clock.pending], [true, 0]);
  arrives(1);
  delayed.stop();
  assert.deepEqual([watches(), clock.pending], [false, 0]);
});

test('a socket that is readable without bytes or an end is not watched again at once', () => {
  const { clock, arrives, watches } = setup();
  arrives(0);
  assert.deepEqual([watches(), clock.pending], [false, 1]);
  clock.advance(10);
  assert.deepEqual([watches(), clock.pending], [true, 0]);
});

test('the same seed draws the same jitter, within its bounds', () => {
  const shown = (seed: number): number[] => {
    const { clock, delayed, arrives, take } = setup({ jitterMs: 50, seed });
    return Array.from({ length: 20 }, () => {
      arrives(1);
      const began = clock.now();
      while (delayed.passes === 0) clock.advance(1);
      take(1);
      return clock.now() - began;
    });
  };
  assert.deepEqual(shown(7), shown(7));
  assert.notDeepEqual(shown(7), shown(8));
  for (const ms of shown(7)) assert.ok(ms >= 50 && ms <= 151, `${ms} ms`);
});

test('whatever arrives, and whenever it is taken: all shows, none of it early', () => {
  const step = fc.record({ arrive: fc.nat(100), ms: fc.nat(60), take: fc.nat(200) });
  const latency = fc.record({ latencyMs: fc.integer({ min: 1, max: 300 }), seed: fc.nat() });
  fc.assert(
    fc.property(latency, fc.array(step, { maxLength: 40 }), (given, steps) => {
      const { clock, arrives, take } = setup(given);
      const { latencyMs } = given;
      const arrivals: { at: number; upTo: number }[] = [];
      let total = 0;
      let taken = 0;
      const takeSome = (most: number): void => {
        taken += take(most);
        const arrived = arrivals.filter(({ at }) => at <= clock.now() - latencyMs).at(-1)?.upTo ?? 0;
        assert.ok(taken <= arrived, `${taken} bytes, though only ${arrived} are due`);
      };
      for (const { arrive, ms, take: most } of steps) {
        total += arrive;
        if (arrive > 0) arrives(arrive);
        arrivals.push({ at: clock.now(), upTo: total });
        clock.advance(ms);
        takeSome(most);
      }
      // What arrived behind bytes that showed already is noticed by a receive.
      for (let i = 0; i < 3 && taken < total; i++) {
        takeSome(total);
        clock.advance(latencyMs + 20);
      }
      takeSome(total);
      assert.equal(taken, total);
      assert.ok(clock.pending <= 1);
    }),
    { numRuns: 200 },
  );
});
