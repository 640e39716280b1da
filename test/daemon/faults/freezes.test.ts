import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultRule, type FaultSpec } from '../../../src/daemon/faults/fault-rule.js';
import { Freezes } from '../../../src/daemon/faults/freezes.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { ManualClock } from '../waiting/manual-clock.js';
import { effectOf } from './effect-of.js';

const SPEC: FaultSpec = { trigger: { kind: 'each' }, effect: effectOf('freeze', { freezeMs: 100 }) };

const setup = () => {
  const clock = new ManualClock();
  const seen: (string | undefined)[] = [];
  const account = unlimitedAccount();
  const freezes: Freezes = new Freezes(() => seen.push(freezes.activeRule?.id), account);
  const [first, second] = [new FaultRule(1, SPEC, 0), new FaultRule(2, SPEC, 0)];
  return { clock, seen, freezes, account, first, second };
};

test('a freeze that its rule begins again lasts its whole time from then on', () => {
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

test('the freezes of two rules end independently, by the clock or with their rule', () => {
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

test('when its socket ends, a freeze stops without a notification', () => {
  const { clock, seen, freezes, first } = setup();
  freezes.begin(first, 100, clock);
  freezes.stop();
  clock.advance(100);
  first.removed.fire();
  assert.equal(freezes.activeRule, undefined);
  assert.deepEqual(seen, ['flt_1']);
});

test('the bytes of running freezes are counted, and released however they end', () => {
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
