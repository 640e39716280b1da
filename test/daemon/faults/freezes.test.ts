import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultRule, type FaultSpec } from '../../../src/daemon/faults/faults.js';
import { Freezes } from '../../../src/daemon/faults/freezes.js';
import { ManualClock } from '../waiting/manual-clock.js';
import { effectOf } from './effect-of.js';

const SPEC: FaultSpec = { moment: { kind: 'each' }, effect: effectOf('freeze', { freezeMs: 100 }) };

const setup = () => {
  const clock = new ManualClock();
  const seen: (string | undefined)[] = [];
  const freezes: Freezes = new Freezes(() => seen.push(freezes.by?.id));
  const [first, second] = [new FaultRule(1, SPEC, 0), new FaultRule(2, SPEC, 0)];
  return { clock, seen, freezes, first, second };
};

test('begun anew by the same rule, it lasts its whole time from then on', () => {
  const { clock, seen, freezes, first } = setup();
  freezes.begin(first, 100, clock);
  clock.advance(60);
  freezes.begin(first, 100, clock);
  clock.advance(99);
  assert.equal(freezes.by, first);
  clock.advance(1);
  assert.equal(freezes.by, undefined);
  assert.deepEqual(seen, ['flt_1', 'flt_1', undefined]);
  assert.equal(clock.pending, 0);
});

test('those of two rules end apart from each other, by the clock or with the rule', () => {
  const { clock, seen, freezes, first, second } = setup();
  freezes.begin(first, 100, clock);
  freezes.begin(second, 200, clock);
  clock.advance(100);
  assert.equal(freezes.by, second);
  freezes.begin(first, 500, clock);
  second.removed.fire();
  assert.equal(freezes.by, first);
  first.removed.fire();
  assert.deepEqual(seen, ['flt_1', 'flt_1', 'flt_2', 'flt_2', 'flt_1', undefined]);
  assert.equal(clock.pending, 0);
});

test('with its socket it ends for good, and tells nobody', () => {
  const { clock, seen, freezes, first } = setup();
  freezes.begin(first, 100, clock);
  freezes.stop();
  clock.advance(100);
  first.removed.fire();
  assert.equal(freezes.by, undefined);
  assert.deepEqual(seen, ['flt_1']);
});
