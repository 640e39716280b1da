import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Arrival, UndeliveredData } from '../../../src/daemon/sockets/undelivered-data.js';
import { fail, ok } from '../../../src/winsock/outcome.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';

const arrival = (text: string, order: number): Arrival => ({
  data: Buffer.from(text),
  eof: false,
  truncated: false,
  order,
});

/** The parts as they were taken from the provider; each has the number of bytes before it as its `order`. */
const taken = (parts: readonly string[]): Arrival[] => {
  let order = 0;
  return parts.map((part) => {
    const item = arrival(part, order);
    order += item.data.length;
    return item;
  });
};

test('bytes of a stream are taken in order, in whichever order and parts they were put back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.nat())),
      fc.integer({ min: 1, max: 5 }),
      (given, step) => {
        const returned = new UndeliveredData(true, unlimitedAccount());
        const parts = given.map(([part]) => part);
        const items = taken(parts).map((item, i) => ({ item, turn: given[i]?.[1] ?? 0 }));
        for (const { item } of items.sort((a, b) => a.turn - b.turn)) returned.putBack(ok(item));
        const whole = Buffer.from(parts.join(''));
        assert.equal(returned.bytes, whole.length);
        const peeked = returned.take(step, true);
        const got: Buffer[] = [];
        for (let next = returned.take(step, false); next?.ok; next = returned.take(step, false)) {
          got.push(next.value.data);
        }
        assert.deepEqual(Buffer.concat(got), whole);
        assert.ok(returned.isEmpty);
        if (peeked?.ok) assert.deepEqual(peeked.value.data, got[0]);
      },
    ),
  );
});

test('bytes of a stream that were put back in pieces are taken, and peeked at, as one piece', () => {
  const returned = new UndeliveredData(true, unlimitedAccount());
  for (const item of taken(['ab', 'cd', 'ef']).reverse()) returned.putBack(ok(item));
  for (const peek of [true, false]) {
    const got = returned.take(5, peek);
    assert.ok(got?.ok && got.value.data.toString() === 'abcde');
  }
  assert.equal(returned.bytes, 1);
});

test('a part that is put back late precedes what was taken after it', () => {
  const returned = new UndeliveredData(true, unlimitedAccount());
  const [first, second, third] = taken(['ab', 'cd', 'ef']);
  assert.ok(first && second && third);
  returned.putBack(ok(first));
  const part = returned.take(1, false);
  assert.ok(part?.ok);
  returned.putBack(ok(third));
  returned.putBack(ok(second));
  returned.putBack(part);
  const all = returned.take(100, false);
  assert.ok(all?.ok && all.value.data.toString() === 'abcdef');
});

test('a datagram keeps its boundary, and is truncated if it does not fit', () => {
  const returned = new UndeliveredData(false, unlimitedAccount());
  returned.putBack(ok(arrival('second', 6)));
  returned.putBack(ok(arrival('first', 0)));
  const first = returned.take(3, false);
  assert.ok(first?.ok && first.value.truncated && first.value.data.toString() === 'fir');
  const second = returned.take(100, false);
  assert.ok(second?.ok && !second.value.truncated && second.value.data.toString() === 'second');
  assert.equal(returned.take(100, false), undefined);
});

test('urgent data is kept apart from the stream', () => {
  const returned = new UndeliveredData(true, unlimitedAccount());
  returned.putBack(ok(arrival('stream', 0)));
  returned.putBackUrgent(arrival('!', 7));
  assert.ok(returned.hasUrgent);
  assert.equal(returned.bytes, 6);
  for (const peek of [true, false]) {
    const urgent = returned.takeUrgent(peek);
    assert.ok(urgent?.ok && urgent.value.data.toString() === '!');
  }
  assert.equal(returned.takeUrgent(false), undefined);
  const rest = returned.take(100, false);
  assert.ok(rest?.ok && rest.value.data.toString() === 'stream');
});

for (const orders of [
  [2, 1],
  [1, 2],
]) {
  test(`the newer urgent byte stays, when they are put back as ${orders.join(', ')}`, () => {
    const returned = new UndeliveredData(true, unlimitedAccount());
    for (const order of orders) returned.putBackUrgent(arrival(`${order}`, order));
    const urgent = returned.takeUrgent(false);
    assert.ok(urgent?.ok && urgent.value.data.toString() === '2');
    assert.equal(returned.hasUrgent, false, 'there is one urgent byte at a time');
  });
}

test('an error that was not delivered is reported again', () => {
  const returned = new UndeliveredData(false, unlimitedAccount());
  returned.putBack(fail('WSAECONNRESET', 'recvfrom'));
  assert.deepEqual(returned.take(1, false), fail('WSAECONNRESET', 'recvfrom'));
  assert.ok(returned.isEmpty);
});

test('a datagram keeps its sender, flags and control data, however little of it is taken', () => {
  const returned = new UndeliveredData(false, unlimitedAccount());
  const came = {
    from: { family: 'AF_INET', address: '127.0.0.1', port: 9 },
    flags: 0x800,
    control: [{ type: 'IP_TTL', value: 64 }],
  } as const;
  returned.putBack(ok({ ...arrival('message', 0), ...came }));
  for (const peek of [true, false]) {
    const got = returned.take(2, peek);
    assert.deepEqual(got, ok({ ...arrival('me', 0), truncated: true, ...came }));
  }
  assert.ok(returned.isEmpty);
});

test('held bytes are counted exactly, whatever is put back and taken, until the socket ends', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('back' as const), bytes: fc.nat(9), urgent: fc.boolean() }),
    fc.record({
      kind: fc.constant('take' as const),
      most: fc.nat(12),
      peek: fc.boolean(),
      urgent: fc.boolean(),
    }),
    fc.record({ kind: fc.constantFrom('clear' as const, 'error' as const) }),
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { size: 'max', maxLength: 60 }), (isStream, steps) => {
      const account = unlimitedAccount();
      const held = new UndeliveredData(isStream, account);
      let order = 0;
      for (const one of steps) {
        if (one.kind === 'back') {
          const item = arrival('x'.repeat(one.bytes), order);
          order += one.bytes + 1;
          if (one.urgent) held.putBackUrgent(item);
          else held.putBack(ok(item));
        } else if (one.kind === 'take' && one.urgent) held.takeUrgent(one.peek);
        else if (one.kind === 'take') held.take(one.most, one.peek);
        else if (one.kind === 'clear') held.clear();
        else held.putBack(fail('WSAECONNRESET', 'recvfrom'));
        const urgent = held.takeUrgent(true);
        assert.equal(account.used, held.bytes + (urgent?.ok ? urgent.value.data.length : 0));
      }
      held.end();
      held.putBack(ok(arrival('late', order)));
      held.putBackUrgent(arrival('!', order));
      assert.equal(account.used, 0);
      assert.ok(held.isEmpty && !held.hasUrgent);
    }),
  );
});

test('a small rest does not keep the whole buffer in memory', () => {
  const held = new UndeliveredData(true, unlimitedAccount());
  held.putBack(ok({ ...arrival('', 0), data: Buffer.alloc(1 << 20) }));
  held.take((1 << 20) - 1, false);
  const rest = held.take(8, true);
  assert.ok(rest?.ok);
  assert.ok(rest.value.data.buffer.byteLength < 1 << 20);
});
