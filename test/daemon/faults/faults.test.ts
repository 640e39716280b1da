import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type {
  FaultEffect,
  FaultSpec,
  FaultSubject,
  FaultTrigger,
} from '../../../src/daemon/faults/fault-rule.js';
import { Faults } from '../../../src/daemon/faults/faults.js';
import type { SocketId } from '../../../src/daemon/ids/ids.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import type { AnyOperation } from '../../../src/operations/operation.js';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import type { SocketState } from '../../../src/winsock/socket-state.js';
import { effectOf } from './effect-of.js';

const failing = (phase: string) => effectOf('fail', { code: 'WSAENETDOWN', phase });
const FAIL = failing('before');

const operationNamed = (name: string): AnyOperation => {
  const found = OPERATIONS.find((op) => op.name === name);
  assert.ok(found);
  return found;
};

// Ids are only compared here.
const idOf = (text: string): SocketId => text as SocketId;

const on = (
  operation: string,
  id = 'sck_a',
  isStream = true,
  state: SocketState = 'connected',
  providerName: ProviderName = 'lab',
): FaultSubject => ({
  op: operationNamed(operation),
  socket: { id: idOf(id), isStream, state, providerName, passed: { send: 0, recv: 0 } },
});

/** The numbers, from 1, of the calls that a rule hits. */
const hitsOf = (spec: FaultSpec, calls: readonly FaultSubject[]): number[] => {
  const faults = new Faults();
  faults.arm(spec, 0);
  return calls.flatMap((call, i) => (faults.takeHits(call, 0).length > 0 ? [i + 1] : []));
};

const sends = (count: number): FaultSubject[] => Array.from({ length: count }, () => on('send'));

test('nth, every, probability and times choose the calls that a rule hits', () => {
  const trigger = (one: FaultTrigger, times?: number): FaultSpec => ({
    trigger: one,
    effect: FAIL,
    ...(times !== undefined && { times }),
  });
  assert.deepEqual(hitsOf(trigger({ kind: 'nth', nth: 3 }), sends(6)), [3]);
  assert.deepEqual(hitsOf(trigger({ kind: 'every', every: 2 }), sends(6)), [2, 4, 6]);
  assert.deepEqual(hitsOf(trigger({ kind: 'every', every: 2 }, 2), sends(6)), [2, 4]);
  assert.deepEqual(hitsOf(trigger({ kind: 'each' }), sends(3)), [1, 2, 3]);
  assert.deepEqual(hitsOf(trigger({ kind: 'each' }, 1), sends(3)), [1]);
  assert.deepEqual(hitsOf(trigger({ kind: 'probability', probability: 0, seed: 1 }), sends(99)), []);
  assert.equal(hitsOf(trigger({ kind: 'probability', probability: 1, seed: 1 }), sends(99)).length, 99);
});

test('only matching calls count: by operation, by socket, and if the effect can act', () => {
  const calls = [on('recv'), on('send', 'sck_b'), on('send'), on('send', 'sck_a', false), on('bind')];
  const nth1: FaultTrigger = { kind: 'nth', nth: 1 };
  assert.deepEqual(hitsOf({ operation: 'send', trigger: nth1, effect: FAIL }, calls), [2]);
  assert.deepEqual(hitsOf({ socketId: idOf('sck_b'), trigger: nth1, effect: FAIL }, calls), [2]);
  const each: FaultTrigger = { kind: 'each' };
  assert.deepEqual(hitsOf({ trigger: each, effect: effectOf('slice', { bytes: 1 }) }, calls), [1, 2, 3]);
  assert.deepEqual(hitsOf({ trigger: each, effect: effectOf('drop') }, calls), [4]);
  const real = [on('send', 'sck_a', false, 'bound', 'posix')];
  assert.deepEqual(hitsOf({ trigger: each, effect: effectOf('drop') }, real), []);
  assert.deepEqual(hitsOf({ trigger: each, effect: effectOf('freeze', { freezeMs: 1 }) }, calls), [1]);
  const fresh = [on('connect', 'sck_a', true, 'fresh'), on('send')];
  assert.deepEqual(hitsOf({ trigger: each, effect: effectOf('reset') }, fresh), [2]);
  const sessions: FaultSubject[] = [{ op: operationNamed('socket'), socket: undefined }];
  assert.deepEqual(hitsOf({ trigger: each, effect: FAIL }, sessions), [1]);
});

test('of several rules that make the answer only the first hits; others may act together with it', () => {
  const each: FaultTrigger = { kind: 'each' };
  const after = failing('after');
  const delay = effectOf('delay', { delayMs: 1 });
  const slice = effectOf('slice', { bytes: 1 });
  const freeze = effectOf('freeze', { freezeMs: 1 });
  const reset = effectOf('reset');
  const acting = (...effects: FaultEffect[]): string[] => {
    const faults = new Faults();
    for (const effect of effects) faults.arm({ trigger: each, effect, times: 1 }, 0);
    const acted = faults.takeHits(on('recv'), 0);
    for (const rule of faults.rules) {
      assert.deepEqual(
        [rule.calls, rule.hits, rule.isSpent(0)],
        [1, ...(acted.includes(rule) ? [1, true] : [0, false])],
      );
    }
    return acted.map(({ spec }) => spec.effect.kind);
  };
  assert.deepEqual(acting(FAIL, FAIL), ['fail']);
  assert.deepEqual(acting(delay, slice, freeze, FAIL, delay, freeze, reset), ['delay', 'freeze', 'fail']);
  assert.deepEqual(acting(reset, FAIL, slice), ['reset']);
  assert.deepEqual(acting(slice, after, delay, FAIL, reset, slice), ['slice', 'fail', 'delay', 'slice']);
});

test('rules expire, are removed with their socket, and make room once they are spent', () => {
  const faults = new Faults();
  const short = faults.arm({ trigger: { kind: 'each' }, effect: FAIL, expiresMs: 100 }, 50);
  const own = faults.arm({ socketId: idOf('sck_a'), trigger: { kind: 'each' }, effect: FAIL }, 50);
  assert.deepEqual([short.id, own.id], ['flt_1', 'flt_2']);
  assert.deepEqual(faults.count(on('send'), 149), [short, own]);
  assert.deepEqual(faults.count(on('send'), 150), [own]);
  assert.deepEqual([short.calls, short.isSpent(149), short.isSpent(150)], [1, false, true]);
  faults.removeOfSocket(idOf('sck_a'));
  assert.equal(faults.find('flt_2'), undefined);
  assert.ok(faults.hasRoomFor(1000, 150));
  assert.equal(faults.any, false);
  assert.equal(faults.hasRoomFor(1001, 150), false);
});

const effects = fc.constantFrom(FAIL, effectOf('slice', { bytes: 3 }), effectOf('freeze', { freezeMs: 9 }));
const triggers = fc.oneof(
  fc.record({ kind: fc.constant('nth' as const), nth: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('every' as const), every: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    kind: fc.constant('probability' as const),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer({ min: 0, max: 0xffffffff }),
  }),
);
const specs = fc.array(
  fc.record(
    { trigger: triggers, effect: effects, operation: fc.constantFrom('send', 'recv'), times: fc.nat(5) },
    { requiredKeys: ['trigger', 'effect'] },
  ),
  { maxLength: 5 },
);
const calls = fc.array(fc.constantFrom('send', 'recv', 'bind', 'accept'), { maxLength: 60, size: 'max' });

test('a rule counts and draws the same for the same seed and calls, whatever other rules do', () => {
  fc.assert(
    fc.property(specs, calls, (rules, operations) => {
      const transcript = (armed: readonly FaultSpec[]): string[][] => {
        const faults = new Faults();
        for (const spec of armed) faults.arm(spec, 0);
        return operations.map((operation) => faults.takeHits(on(operation), 0).map(({ id }) => id));
      };
      const together = transcript(rules);
      assert.deepEqual(transcript(rules), together);
      const deciding = new Set(
        rules.flatMap(({ effect }, i) => (effect.kind === 'fail' ? [`flt_${i + 1}`] : [])),
      );
      const shared = together.map((hits) => hits.filter((id) => deciding.has(id)));
      assert.ok(shared.every((hits) => hits.length <= 1));
      for (const [i, { times: _times, ...rule }] of rules.entries()) {
        const chosen = transcript([rule]).map((hits) => hits.length > 0);
        const id = `flt_${i + 1}`;
        for (const [call, hits] of together.entries()) {
          if (hits.includes(id)) assert.ok(chosen[call], `${id} hits only calls that it would choose alone`);
        }
      }
      const counts = (armed: readonly FaultSpec[]): number[] => {
        const faults = new Faults();
        for (const spec of armed) faults.arm(spec, 0);
        for (const operation of operations) faults.takeHits(on(operation), 0);
        return faults.rules.map((rule) => rule.calls);
      };
      assert.deepEqual(
        counts(rules),
        rules.flatMap((rule) => counts([rule])),
      );
    }),
  );
});

test('spent rules stay with their counters while there is room', () => {
  const faults = new Faults();
  const spent = faults.arm({ trigger: { kind: 'each' }, effect: FAIL, expiresMs: 1 }, 0);
  for (let i = 1; i < 999; i++) faults.arm({ trigger: { kind: 'each' }, effect: FAIL }, 0);
  assert.ok(faults.hasRoomFor(1, 1));
  assert.equal(faults.find(spent.id), spent, 'there is room for the thousandth rule');
  assert.ok(faults.hasRoomFor(2, 1));
  assert.equal(faults.find(spent.id), undefined);
  assert.equal(faults.hasRoomFor(3, 1), false);
});

test('rules that replace others need the room of those that are still armed', () => {
  const faults = new Faults();
  const arm = (expiresMs?: number) =>
    faults.arm({ trigger: { kind: 'each' }, effect: FAIL, ...(expiresMs && { expiresMs }) }, 0).id;
  const own = [arm(), arm(), arm(1)];
  while (faults.rules.length < 1000) arm();
  assert.equal(faults.hasRoomFor(1, 0), false);
  assert.deepEqual(
    [3, 4].map((count) => faults.hasRoomFor(count, 0, own)),
    [true, false],
  );
  assert.equal(faults.hasRoomFor(4, 1, own), false, 'the room of one that is spent is not there twice');
  faults.remove(String(own[0]));
  while (faults.rules.length < 1000) arm();
  assert.deepEqual(
    [1, 2].map((count) => faults.hasRoomFor(count, 1, own)),
    [true, false],
  );
});

test('a rule for the nth call is spent after that call, whether it hit it or not', () => {
  const faults = new Faults();
  const rule = faults.arm({ operation: 'send', trigger: { kind: 'nth', nth: 2 }, effect: FAIL }, 0);
  const spent = ['send', 'recv', 'send', 'send'].map((operation) => {
    faults.count(on(operation), 0);
    return rule.isSpent(0);
  });
  assert.deepEqual(spent, [false, false, true, true]);
});
