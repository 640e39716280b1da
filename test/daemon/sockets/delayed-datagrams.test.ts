import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DelayedDatagrams } from '../../../src/daemon/sockets/delayed-datagrams.js';
import type { Arrival } from '../../../src/daemon/sockets/undelivered-data.js';
import { wsaNameOf } from '../../../src/winsock/errors.js';
import { fail, type Outcome, ok } from '../../../src/winsock/outcome.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { ManualClock } from '../waiting/manual-clock.js';

/** A datagram socket whose queue a test fills. */
const setup = (latencyMs = 100) => {
  const clock = new ManualClock();
  const account = unlimitedAccount();
  const queue: Outcome<Arrival>[] = [];
  const kept: Outcome<Arrival>[] = [];
  let wake: (() => void) | undefined;
  let changes = 0;
  let order = 0;
  const source = {
    take: () => queue.shift(),
    watch: (woken: () => void) => {
      wake = woken;
      return {
        stop: () => {
          wake = undefined;
        },
      };
    },
    keep: (items: readonly Outcome<Arrival>[]) => {
      kept.push(...items);
    },
  };
  const latency = { latencyMs, jitterMs: 0, seed: 0 };
  const delayed = new DelayedDatagrams(latency, source, clock, account, () => changes++);
  delayed.begin();
  const arrive = (item: Outcome<Arrival>): void => {
    queue.push(item);
    const run = wake;
    wake = undefined;
    run?.();
  };
  const datagram = (text: string): Outcome<Arrival> =>
    ok({ data: Buffer.from(text), eof: false, truncated: false, order: order++ });
  return {
    clock,
    account,
    queue,
    kept,
    delayed,
    arrive,
    datagram,
    changes: () => changes,
    watches: () => wake !== undefined,
  };
};

const textOf = (item: Outcome<Arrival> | undefined): string | undefined =>
  item?.ok ? item.value.data.toString() : item && wsaNameOf(item.code);

test('a look between the time at which a datagram shows and a late timer loses no wake-up', () => {
  const { clock, delayed, arrive, datagram, changes } = setup();
  arrive(datagram('first'));
  clock.advance(50);
  arrive(datagram('second'));
  clock.pass(55);
  assert.equal(delayed.passes, Number.POSITIVE_INFINITY, 'select, poll or FIONREAD');
  assert.equal(changes(), 0, 'not in the turn of the look');
  clock.advance(0);
  assert.equal(changes(), 1);
  clock.advance(45);
  assert.equal(changes(), 2, 'the second one');
});

test('each datagram shows after its own latency, whole or cut to the room for it', () => {
  const { clock, delayed, arrive, datagram, changes } = setup();
  arrive(datagram('first'));
  clock.advance(50);
  arrive(datagram(''));
  assert.deepEqual([delayed.passes, delayed.holds, delayed.take(9, false)], [0, true, undefined]);
  clock.advance(50);
  assert.deepEqual([delayed.dueBytes, changes(), textOf(delayed.take(9, true))], [5, 1, 'first']);
  const cut = delayed.take(2, false);
  assert.deepEqual([textOf(cut), cut?.ok && cut.value.truncated], ['fi', true]);
  assert.equal(delayed.passes, 0);
  clock.advance(50);
  assert.deepEqual([delayed.passes, textOf(delayed.take(9, false))], [Number.POSITIVE_INFINITY, '']);
});

test('an error shows in its turn; a stop gives all back in order, and nothing stays counted', () => {
  const { clock, account, kept, delayed, arrive, datagram, watches } = setup();
  arrive(datagram('a'));
  arrive(fail('WSAECONNRESET', 'recvfrom'));
  arrive(datagram('b'));
  clock.advance(100);
  assert.equal(textOf(delayed.take(9, false)), 'a');
  assert.equal(account.used, 1);
  delayed.stop();
  assert.deepEqual(kept.map(textOf), ['WSAECONNRESET', 'b']);
  assert.deepEqual([account.used, clock.pending, watches()], [0, 0, false]);
});

test('at most 1,000 are taken from the provider', () => {
  const { queue, clock, delayed, arrive, datagram } = setup();
  for (let i = 0; i < 1_100; i++) queue.push(datagram('x'));
  for (let i = 0; i < 30; i++) arrive(datagram('x'));
  for (let i = 0; i < 30; i++) delayed.begin();
  assert.equal(queue.length, 130);
  clock.advance(100);
  assert.equal(delayed.dueBytes, 1_000);
});

test('whatever arrives shows once, in order, and never early', () => {
  const step = fc.record({ arrives: fc.boolean(), ms: fc.nat(60), takes: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(step, { maxLength: 60 }), (latencyMs, steps) => {
      const { clock, account, delayed, arrive, datagram } = setup(latencyMs);
      const sentAt: number[] = [];
      const taken: number[] = [];
      const take = (): void => {
        const item = delayed.take(9, false);
        if (!item) return;
        const number = Number(textOf(item));
        taken.push(number);
        assert.ok(clock.now() >= (sentAt[number] ?? 0) + latencyMs, 'early');
        delayed.passed();
      };
      for (const { arrives, ms, takes } of steps) {
        if (arrives) arrive(datagram(String(sentAt.push(clock.now()) - 1)));
        clock.advance(ms);
        if (takes) take();
      }
      clock.advance(latencyMs);
      while (delayed.passes > 0) take();
      assert.deepEqual(taken, [...sentAt.keys()]);
      assert.deepEqual([account.used, clock.pending], [0, 0]);
    }),
  );
});
