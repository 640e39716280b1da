/** A stream whose bytes faults hold back: what receives, sends and readiness show of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DelayedArrivals } from '../../../src/daemon/faults/delayed-arrivals.js';
import { FaultRule } from '../../../src/daemon/faults/fault-rule.js';
import { Pace } from '../../../src/daemon/faults/pace.js';
import { Ids } from '../../../src/daemon/ids/ids.js';
import { arrivalSource } from '../../../src/daemon/sockets/arrival-source.js';
import { sendOnce } from '../../../src/daemon/sockets/outbound.js';
import { Socket, type SocketParts } from '../../../src/daemon/sockets/socket.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { failedWith, ok } from '../../../src/winsock/outcome.js';
import { failure, Lab, value } from '../../providers/lab/support.js';
import { effectOf } from '../faults/effect-of.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { FAKE_SESSION } from '../sessions/fake-session.js';
import { ManualClock } from '../waiting/manual-clock.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLHUP } = POLL_EVENTS;

const ruleOf = (number: number): FaultRule =>
  new FaultRule(
    number,
    { trigger: { kind: 'each' }, effect: effectOf('bandwidth', { bytesPerSecond: 1 }) },
    0,
  );

interface HasAfter {
  after(end: () => unknown): void;
}

/** One end of a connection of the lab, whose other end the test uses natively. */
const setup = (t: HasAfter) => {
  const lab = new Lab(t as never); // only `after` is used
  const { client, server } = lab.connected();
  const clock = new ManualClock();
  const account = unlimitedAccount();
  const underlying = new UnderlyingSocket(true, 'connected', account);
  const parts: Partial<SocketParts> = {
    ...{ session: FAKE_SESSION, providerSession: FAKE_SESSION, entry: lab.entry('lab tp4') },
    ...{ provider: lab.provider, handle: client, underlying },
  };
  const socket = new Socket(new Ids(0).socket(), 1, new Date(0), parts as SocketParts);
  const { inbound } = underlying;
  const pace = (bytesPerSecond: number, direction: 'send' | 'recv', rule = ruleOf(1)) =>
    underlying
      .holds(direction)
      .begin(rule, clock, (changed) => new Pace(bytesPerSecond, true, clock, changed));
  const delay = (latencyMs: number) =>
    underlying
      .holds('recv')
      .begin(
        ruleOf(2),
        clock,
        (changed) =>
          new DelayedArrivals({ latencyMs, jitterMs: 0, seed: 0 }, arrivalSource(underlying), clock, changed),
      );
  const recv = (most: number) => {
    const got = inbound.receive(socket, most, false, (room) => {
      const into = Buffer.alloc(room);
      const native = socket.use((provider, s) => provider.recv(s, into, 0));
      if (!native.ok) return native;
      const { bytes, ...facts } = native.value;
      return ok({ data: into.subarray(0, bytes), ...facts, order: inbound.nextOrder(bytes) });
    });
    assert.ok(got.ok || 'code' in got);
    return got;
  };
  const sends = (data: string) =>
    sendOnce(underlying, Buffer.from(data), (left) => socket.use((provider, s) => provider.send(s, left, 0)));
  const arrives = (text: string): void => {
    lab.send(server, text);
    lab.clock.settle();
  };
  const ends = (): void => {
    value(lab.provider.shutdown(server, 'SD_SEND'));
    lab.clock.settle();
  };
  return {
    lab,
    clock,
    account,
    underlying,
    socket,
    inbound,
    server,
    pace,
    delay,
    recv,
    sends,
    arrives,
    ends,
  };
};

test('FIONREAD, readiness and a receive show the same part of what has arrived', (t) => {
  const { clock, inbound, socket, pace, recv, arrives, underlying } = setup(t);
  pace(100, 'recv');
  arrives('0123456789abcdef');
  assert.equal(value(inbound.bytesAvailable(socket)), 10);
  const first = value(recv(99));
  assert.equal(first.data.toString(), '0123456789');
  failure(recv(99), 'WSAEWOULDBLOCK');
  assert.deepEqual(
    [inbound.isHidden, value(inbound.bytesAvailable(socket)), inbound.readiness(POLLRDNORM | POLLWRNORM)],
    [true, 0, POLLWRNORM],
  );
  inbound.putBack(ok(first));
  assert.equal(underlying.passed.recv, 0, 'what went back has not passed');
  assert.deepEqual([inbound.isHidden, inbound.readiness(0)], [false, POLLRDNORM], 'it has paid already');
  assert.equal(value(recv(99)).data.toString(), '0123456789');
  clock.advance(50);
  assert.equal(value(recv(99)).data.toString(), 'abcde');
  assert.equal(underlying.passed.recv, 15);
});

test('an urgent byte is not held back, and the end is', (t) => {
  const { inbound, delay, ends, recv, clock } = setup(t);
  delay(100);
  ends();
  assert.equal(inbound.readiness(POLLRDBAND | POLLHUP | POLLRDNORM), POLLRDBAND);
  failure(recv(9), 'WSAEWOULDBLOCK');
  clock.advance(100);
  assert.equal(inbound.readiness(POLLHUP), POLLHUP);
  assert.equal(value(recv(9)).eof, true);
});

test('a cut stream gives the end, whatever arrives; after SD_RECEIVE the provider answers', (t) => {
  const { inbound, socket, recv, arrives } = setup(t);
  arrives('abc');
  const first = value(recv(2));
  inbound.cut();
  assert.deepEqual([value(recv(9)).eof, value(inbound.bytesAvailable(socket))], [true, 0]);
  assert.equal(inbound.readiness(POLLRDNORM | POLLWRNORM), POLLHUP | POLLWRNORM);
  inbound.putBack(ok(first));
  assert.equal(value(recv(9)).data.toString(), 'ab', 'what went back is before the end');
  value(socket.shutdown('SD_RECEIVE'));
  failure(recv(9), 'WSAESHUTDOWN');
});

test('a send takes what may pass; then it would block, and the socket has no room to send', (t) => {
  const { clock, underlying, socket, pace, sends } = setup(t);
  pace(100, 'send');
  let changes = 0;
  underlying.changes.subscribe(() => changes++);
  assert.equal(value(sends('0123456789abcdef')), 10);
  failure(sends('x'), 'WSAEWOULDBLOCK');
  assert.ok(socket.inbound.watch(socket, { write: true }, () => assert.fail('it is not writable')).ok);
  clock.advance(50);
  assert.deepEqual([changes, value(sends('abcdef')), underlying.passed.send], [1, 5, 15]);
});

test('holds end with the direction, the connection and the last id: no timer and no byte stays', (t) => {
  for (const end of ['shutdown', 'reset', 'release'] as const) {
    const { clock, account, underlying, socket, pace, delay, recv, sends, arrives } = setup(t);
    pace(100, 'recv');
    pace(100, 'send');
    delay(100);
    arrives('x'.repeat(20));
    clock.advance(100);
    recv(99);
    sends('x'.repeat(20));
    assert.ok(clock.pending >= 2);
    if (end === 'shutdown') value(socket.shutdown('SD_BOTH'));
    else if (end === 'reset') underlying.become('reset');
    else underlying.release(socket);
    assert.deepEqual([clock.pending, account.used], [0, 0], end);
  }
});

test('bytes through a latency and a pace arrive complete and in order, never early, never too many', (t) => {
  const ends: (() => unknown)[] = [];
  t.after(() => {
    for (const end of ends) end();
  });
  const step = fc.record({ bytes: fc.nat(300), ms: fc.nat(80), most: fc.nat(400), back: fc.boolean() });
  const given = fc.record({
    latencyMs: fc.integer({ min: 1, max: 200 }),
    rate: fc.integer({ min: 10, max: 5_000 }),
  });
  fc.assert(
    fc.property(given, fc.array(step, { maxLength: 25 }), ({ latencyMs, rate }, steps) => {
      const {
        clock,
        inbound,
        pace,
        delay,
        recv,
        arrives,
        ends: ended,
      } = setup({ after: (end) => ends.push(end) });
      pace(rate, 'recv');
      delay(latencyMs);
      let sent = '';
      let got = '';
      const arrivals: { at: number; upTo: number }[] = [];
      const taken: { at: number; bytes: number }[] = [];
      const take = (most: number, back: boolean): boolean => {
        if (most === 0) return false;
        const before = got.length;
        const answer = recv(most);
        if (!answer.ok) {
          assert.ok(failedWith(answer, 'WSAEWOULDBLOCK'));
          return false;
        }
        if (answer.value.eof) return true;
        if (back) {
          inbound.putBack(answer);
          return take(most, false);
        }
        got += answer.value.data.toString();
        taken.push({ at: clock.now(), bytes: got.length - before });
        const due = arrivals.filter(({ at }) => at <= clock.now() - latencyMs).at(-1)?.upTo ?? 0;
        assert.ok(got.length <= due, `${got.length} bytes, though ${due} are due`);
        return false;
      };
      for (const { bytes, ms, most, back } of steps) {
        const text = Array.from({ length: bytes }, (_, i) => String((sent.length + i) % 10)).join('');
        sent += text;
        if (bytes > 0) arrives(text);
        arrivals.push({ at: clock.now(), upTo: sent.length });
        clock.advance(ms);
        take(most, back);
      }
      ended();
      let rounds = 0;
      while (!take(10_000, false)) {
        assert.ok(rounds++ < 100_000);
        clock.advance(20);
      }
      assert.equal(got, sent);
      for (const [i, first] of taken.entries()) {
        let sum = 0;
        for (const { at, bytes } of taken.slice(i)) {
          sum += bytes;
          const most = Math.max(1, rate / 10) + (rate * (at - first.at)) / 1000;
          assert.ok(sum <= most + 1e-6, `${sum} bytes in ${at - first.at} ms`);
        }
      }
    }),
    { numRuns: 40 },
  );
});
