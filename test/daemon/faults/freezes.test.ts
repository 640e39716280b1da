import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultRule, type FaultSpec } from '../../../src/daemon/faults/faults.js';
import { Freezes } from '../../../src/daemon/faults/freezes.js';
import { roomyAccount } from '../memory/roomy-account.js';
import { ManualClock } from '../waiting/manual-clock.js';
import { effectOf } from './effect-of.js';

const SPEC: FaultSpec = { trigger: { kind: 'each' }, effect: effectOf('freeze', { freezeMs: 100 }) };

const setup = () => {
  const clock = new ManualClock();
  const seen: (string | undefined)[] = [];
  const account = roomyAccount();
  const freezes: Freezes = new Freezes(() => seen.push(freezes.activeRule?.id), account);
  const [first, second] = [new FaultRule(1, SPEC, 0), new FaultRule(2, SPEC, 0)];
  return { clock, seen, freezes, account, first, second };
};

test('begun anew by the same rule, it lasts its whole time from then on', () => {
  const { clock, seen, freezes, first } = setup();
  freezes.begin(first, 100, clock);
  clock.advance(60);
  freezes.begin(first, 100, clock);
  clock.advance(99);
  assert.equal(freezes.activeRule, first);
  clock.advance(1);
  assert.equal(freezes.activeRule, undefined);
  assert.deepEqual(seen, ['flt_1', 'flt_1', undefined]);
  assert.equal(clock.pending, 0);
});

test('those of two rules end apart from each other, by the clock or with the rule', () => {
  const { clock, seen, freezes, first, second } = setup();
  freezes.begin(first, 100, clock);
  freezes.begin(second, 200, clock);
  clock.advance(100);
  assert.equal(freezes.activeRule, second);
  freezes.begin(first, 500, clock);
  second.removed.fire();
  assert.equal(freezes.activeRule, first);
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
  assert.equal(freezes.activeRule, undefined);
  assert.deepEqual(seen, ['flt_1']);
});

test('those that run are counted, however they end', () => {
  const { clock, freezes, account, first, second } = setup();
  freezes.begin(first, 100, clock);
  const one = account.used;
  assert.ok(one > 0);
  freezes.begin(first, 100, clock);
  freezes.begin(second, 500, clock);
  assert.equal(account.used, 2 * one);
  clock.advance(100);
  assert.equal(account.used, one);
  freezes.stop();
  assert.equal(account.used, 0);
});
