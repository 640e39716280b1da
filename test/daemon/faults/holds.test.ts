import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultRule, type FaultSpec } from '../../../src/daemon/faults/fault-rule.js';
import type { Hold } from '../../../src/daemon/faults/hold.js';
import { Holds, MOST_HOLDS } from '../../../src/daemon/faults/holds.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { ManualClock } from '../waiting/manual-clock.js';
import { effectOf } from './effect-of.js';

const SPEC: FaultSpec = {
  trigger: { kind: 'each' },
  effect: effectOf('bandwidth', { bytesPerSecond: 1000 }),
};

const setup = () => {
  const clock = new ManualClock();
  const account = unlimitedAccount();
  let changes = 0;
  const holds = new Holds(() => changes++, account);
  const passed: number[] = [];
  let stopped = 0;
  const begin = (rule: FaultRule, passes: number): boolean => {
    const hold: Hold = {
      passes,
      hidesEnd: passes === 0,
      holds: passes === 0,
      passed: (bytes) => passed.push(bytes),
      stop: () => stopped++,
    };
    return holds.begin(rule, clock, () => hold);
  };
  const rule = (number: number, more: Partial<FaultSpec> = {}) =>
    new FaultRule(number, { ...SPEC, ...more }, clock.now());
  return { clock, account, holds, passed, begin, rule, changes: () => changes, stopped: () => stopped };
};

test('of several holds the one counts that lets least pass; what has passed counts for all', () => {
  const { holds, begin, rule, passed } = setup();
  assert.deepEqual([holds.passes, holds.areAny], [Number.POSITIVE_INFINITY, false]);
  begin(rule(1), 50);
  begin(rule(2), 20);
  assert.deepEqual([holds.passes, holds.hidesEnd, holds.activeRule], [20, false, undefined]);
  holds.passed(20);
  assert.deepEqual(passed, [20, 20]);
  const third = rule(3);
  begin(third, 0);
  assert.deepEqual([holds.passes, holds.hidesEnd, holds.activeRule], [0, true, third]);
});

test('a hold begins once for each rule, and ends when the rule is removed or expires', () => {
  const { clock, account, holds, begin, rule, stopped, changes } = setup();
  const first = rule(1);
  begin(first, 0);
  begin(first, 0);
  assert.equal(changes(), 1);
  begin(rule(2, { expiresMs: 100 }), 0);
  first.removed.fire();
  assert.deepEqual([holds.areAny, stopped()], [true, 1]);
  clock.advance(100);
  assert.deepEqual([holds.areAny, stopped(), changes()], [false, 2, 4]);
  assert.deepEqual([account.used, clock.pending], [0, 0]);
});

test('an end of the direction stops all holds, and their number is bounded', () => {
  const { account, holds, begin, rule, stopped } = setup();
  for (let number = 1; number <= 20; number++) begin(rule(number), 5);
  holds.stopAll();
  assert.deepEqual([holds.areAny, stopped(), account.used], [false, 16, 0]);
});

test('without room the hold of a rule does not begin, and that is told', () => {
  const { holds, begin, rule } = setup();
  const rules = Array.from({ length: MOST_HOLDS + 1 }, (_, i) => rule(i + 1));
  const begun = rules.map((one) => begin(one, 0));
  assert.deepEqual([begun.slice(0, -1).every(Boolean), begun.at(-1)], [true, false]);
  const [first, last] = [rules[0], rules.at(-1)];
  assert.ok(first && last);
  assert.deepEqual([begin(first, 0), holds.has(first), holds.has(last)], [true, true, false]);
  first.removed.fire();
  assert.equal(begin(last, 0), true);
});
