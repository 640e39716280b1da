import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isRefusal } from '../../../src/daemon/answers/answer.js';
import { FaultRule } from '../../../src/daemon/faults/fault-rule.js';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import type { Arrival } from '../../../src/daemon/sockets/undelivered-data.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import type { Handle, Readiness } from '../../../src/providers/provider.js';
import { POLL_EVENTS, RECV_FLAGS } from '../../../src/winsock/constants.js';
import { type Outcome, ok } from '../../../src/winsock/outcome.js';
import { failure, Lab, value } from '../../providers/lab/support.js';
import { effectOf } from '../faults/effect-of.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { ManualClock } from '../waiting/manual-clock.js';

const FREEZE = new FaultRule(
  1,
  { trigger: { kind: 'each' }, effect: effectOf('freeze', { freezeMs: 100 }) },
  0,
);

const { POLLRDNORM, POLLRDBAND, POLLHUP, POLLWRNORM } = POLL_EVENTS;

/** A connected socket with two ids, and a peer that sends to it. */
const setup = (t: TestContext) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  const underlying = new UnderlyingSocket(true, 'connected', unlimitedAccount());
  const { inbound } = underlying;
  const idOf = (handle: Handle) => new NativeSocket(lab.provider, handle, underlying);
  const first = idOf(client);
  const second = idOf(value(lab.provider.duplicate(client)));
  const clock = new ManualClock();
  const freeze = () => underlying.freezes.begin(FREEZE, 100, clock);
  const thaw = () => clock.advance(100);
  const arrives = (text: string) => {
    lab.send(server, text);
    lab.clock.settle();
  };
  const recv = (most: number, peek = false, by = first): Outcome<Arrival> => {
    const got = inbound.receive(by, most, peek, (room) => {
      const into = Buffer.alloc(room);
      const got = by.use((provider, s) => provider.recv(s, into, peek ? RECV_FLAGS.MSG_PEEK : 0));
      if (!got.ok) return got;
      const { bytes, ...facts } = got.value;
      return ok({ data: into.subarray(0, bytes), ...facts, order: inbound.nextOrder(bytes) });
    });
    assert.ok(got.ok || !isRefusal(got));
    return got;
  };
  const text = (most: number, peek = false): string => value(recv(most, peek)).data.toString();
  /** What an id has received. */
  const takenBy = (by: NativeSocket<UnderlyingSocket>, most: number): Outcome<Arrival> => {
    const got = recv(most, false, by);
    value(got);
    return got;
  };
  const woken: Readiness[] = [];
  const watch = (want: Readiness) => value(inbound.watch(first, want, (seen) => woken.push(seen)));
  return {
    lab,
    underlying,
    inbound,
    first,
    second,
    freeze,
    thaw,
    arrives,
    recv,
    text,
    takenBy,
    woken,
    watch,
  };
};

/** An urgent byte as a receive returned it. */
const urgent = (text: string, order: number): Arrival => ({
  data: Buffer.from(text),
  eof: false,
  truncated: false,
  order,
});

test('while a fault hides what has arrived, a receive finds nothing and takes nothing', (t) => {
  const { inbound, first, recv, text, arrives, takenBy, freeze, thaw } = setup(t);
  arrives('xy');
  inbound.putBack(takenBy(first, 1));
  freeze();
  failure(recv(8), 'WSAEWOULDBLOCK');
  assert.equal(value(inbound.bytesAvailable(first)), 0);
  thaw();
  assert.equal(value(inbound.bytesAvailable(first)), 2);
  assert.equal(text(8), 'xy');
});

test('what a fault hides wakes no watch; the end of the fault fires the changes of the socket', (t) => {
  const { lab, underlying, woken, arrives, watch, freeze, thaw } = setup(t);
  arrives('x');
  freeze();
  watch({ read: true, hangup: true });
  lab.clock.settle();
  let changes = 0;
  underlying.changes.subscribe(() => changes++);
  thaw();
  assert.deepEqual([woken, changes], [[], 1]);
});

test('room to send is not hidden', (t) => {
  const { lab, woken, arrives, watch, freeze, thaw } = setup(t);
  arrives('x');
  freeze();
  watch({ read: true, write: true });
  lab.clock.settle();
  thaw();
  assert.deepEqual(woken, [{ write: true }]);
});

test('a watch that was stopped during a freeze does not wake', (t) => {
  const { lab, woken, arrives, watch, freeze, thaw } = setup(t);
  arrives('x');
  freeze();
  watch({ read: true, write: true }).stop();
  lab.clock.settle();
  thaw();
  assert.deepEqual(woken, []);
});

for (const [answers, lost] of [
  ['A, then B', ['A', 'B']],
  ['B, then A', ['B', 'A']],
] as const) {
  test(`bytes of two ids are put back in the order of the stream, if answers are lost as ${answers}`, (t) => {
    const { inbound, first, second, text, arrives, takenBy } = setup(t);
    arrives('abcdef');
    const taken = { A: takenBy(first, 2), B: takenBy(second, 2) };
    for (const id of lost) inbound.putBack(taken[id]);
    assert.equal(text(65_536, true), 'abcdef', 'a peek also sees the bytes of the provider');
    assert.equal(text(3), 'abc');
    assert.equal(text(65_536), 'def');
  });
}

test('bytes are put back in order around others of which a part was received again', (t) => {
  const { inbound, first, second, text, arrives, takenBy } = setup(t);
  arrives('abcd');
  const [one, two] = [takenBy(first, 2), takenBy(second, 2)];
  inbound.putBack(two);
  const part = takenBy(first, 1);
  inbound.putBack(one);
  inbound.putBack(part);
  assert.equal(text(8), 'abcd');
});

test('of two urgent bytes the newer one stays, whichever answer is lost first', (t) => {
  const { inbound } = setup(t);
  const [older, newer] = [urgent('1', inbound.nextOrder(1)), urgent('2', inbound.nextOrder(1))];
  const none = () => assert.fail('the provider is not asked');
  for (const lost of [
    [older, newer],
    [newer, older],
  ]) {
    for (const item of lost) inbound.putBackUrgent(item);
    const got = inbound.receiveUrgent(8, false, none);
    assert.ok(got.ok);
    assert.equal(got.value, newer);
  }
});

test('held data shows in the readiness, except while a fault hides it', (t) => {
  const { inbound, first, arrives, takenBy, freeze, thaw } = setup(t);
  assert.equal(inbound.readiness(POLLWRNORM), POLLWRNORM);
  arrives('x');
  inbound.putBack(takenBy(first, 1));
  inbound.putBackUrgent(urgent('!', inbound.nextOrder(1)));
  assert.equal(inbound.readiness(POLLWRNORM), POLLRDNORM | POLLRDBAND | POLLWRNORM);
  assert.equal(value(inbound.atMark(first)), false);
  freeze();
  assert.equal(inbound.readiness(POLLWRNORM | POLLHUP), POLLWRNORM);
  assert.equal(value(inbound.atMark(first)), true);
  thaw();
  assert.equal(inbound.readiness(0), POLLRDNORM | POLLRDBAND);
});

test('a connection that was peeked at stays the next one, and is hidden like those of the provider', (t) => {
  const lab = new Lab(t);
  const { listener, at } = lab.listener();
  const underlying = new UnderlyingSocket(true, 'fresh', unlimitedAccount());
  underlying.become('listening');
  const { inbound } = underlying;
  const native = new NativeSocket(lab.provider, listener, underlying);
  for (let i = 0; i < 2; i++) lab.dial(at);
  lab.clock.settle();
  const first = value(inbound.peekAccept(native));
  assert.equal(value(inbound.peekAccept(native)), first);
  assert.equal(inbound.readiness(0), POLLRDNORM);
  const clock = new ManualClock();
  underlying.freezes.begin(FREEZE, 100, clock);
  for (const hidden of [inbound.peekAccept(native), inbound.accept(native)]) {
    failure(hidden, 'WSAEWOULDBLOCK');
  }
  clock.advance(100);
  assert.equal(value(inbound.accept(native)), first);
  assert.equal(inbound.holdsAccept, false);
  assert.notEqual(value(inbound.accept(native)).handle, first.handle);
});
