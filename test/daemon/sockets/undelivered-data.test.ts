import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UndeliveredData } from '../../../src/daemon/sockets/undelivered-data.js';
import { fail } from '../../../src/winsock/outcome.js';

const arrival = (text: string) => ({ data: Buffer.from(text), eof: false, truncated: false });

test('bytes of a stream come back in order, however they are taken', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 8 })),
      fc.integer({ min: 1, max: 5 }),
      (parts, step) => {
        const returned = new UndeliveredData(true);
        for (const part of [...parts].reverse()) returned.putBack(arrival(part));
        const whole = Buffer.from(parts.join(''));
        assert.equal(returned.bytes, whole.length);
        const peeked = returned.take(step, true);
        const taken: Buffer[] = [];
        for (let next = returned.take(step, false); next?.ok; next = returned.take(step, false)) {
          taken.push(next.value.data);
        }
        assert.deepEqual(Buffer.concat(taken), whole);
        assert.ok(returned.isEmpty);
        if (peeked?.ok) assert.deepEqual(peeked.value.data, taken[0]);
      },
    ),
  );
});

test('bytes of a stream that came back in pieces are taken as one, and peeked at as one', () => {
  const returned = new UndeliveredData(true);
  for (const part of ['ef', 'cd', 'ab']) returned.putBack(arrival(part));
  for (const peek of [true, false]) {
    const taken = returned.take(5, peek);
    assert.ok(taken?.ok && taken.value.data.toString() === 'abcde');
  }
  assert.equal(returned.bytes, 1);
});

test('a datagram keeps its boundary and loses what does not fit', () => {
  const returned = new UndeliveredData(false);
  returned.putBack(arrival('second'));
  returned.putBack(arrival('first'));
  const first = returned.take(3, false);
  assert.ok(first?.ok && first.value.truncated && first.value.data.toString() === 'fir');
  const second = returned.take(100, false);
  assert.ok(second?.ok && !second.value.truncated && second.value.data.toString() === 'second');
  assert.equal(returned.take(100, false), undefined);
});

test('urgent data is kept apart from the stream', () => {
  const returned = new UndeliveredData(true);
  returned.putBack(arrival('stream'));
  returned.putBackUrgent(arrival('!'));
  assert.ok(returned.hasUrgent);
  assert.equal(returned.bytes, 6);
  for (const peek of [true, false]) {
    const taken = returned.takeUrgent(peek);
    assert.ok(taken?.ok && taken.value.data.toString() === '!');
  }
  assert.equal(returned.takeUrgent(false), undefined);
  const rest = returned.take(100, false);
  assert.ok(rest?.ok && rest.value.data.toString() === 'stream');
});

test('an older urgent byte that comes back does not replace a newer one', () => {
  const returned = new UndeliveredData(true);
  returned.putBackUrgent(arrival('2'));
  returned.putBackUrgent(arrival('1'));
  const taken = returned.takeUrgent(false);
  assert.ok(taken?.ok && taken.value.data.toString() === '2');
  assert.equal(returned.hasUrgent, false, 'there is one at a time');
});

test('an error that was not delivered comes again', () => {
  const returned = new UndeliveredData(false);
  returned.putBack(fail('WSAECONNRESET', 'recvfrom'));
  assert.deepEqual(returned.take(1, false), fail('WSAECONNRESET', 'recvfrom'));
  assert.ok(returned.isEmpty);
});
