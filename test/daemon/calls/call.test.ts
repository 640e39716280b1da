import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../../src/daemon/calls/call.js';
import { ManualClock } from '../waiting/manual-clock.js';
import { sharedByCalls } from './test-call.js';

const setup = () => {
  const clock = new ManualClock();
  let gone: (() => void) | undefined;
  const caller = {
    gone: false,
    subscribers: 0,
    onGone: (run: () => void) => {
      caller.subscribers++;
      gone = run;
    },
  };
  const call = new Call({ clock, capMs: 25_000, ...sharedByCalls() }, 'alice', caller);
  const state = { wake: () => {}, stopped: 0 };
  const subscribe = (wake: () => void) => {
    state.wake = wake;
    return {
      stop: () => {
        state.stopped++;
      },
    };
  };
  return { clock, caller, call, state, subscribe, leave: () => gone?.() };
};

test('a wait ends when its subscription wakes, and the time waited is counted', async () => {
  const { clock, call, state, subscribe } = setup();
  const wait = call.wait(subscribe);
  clock.advance(40);
  state.wake();
  assert.equal(await wait, 'ready');
  assert.equal(call.waited, 40);
  assert.equal(clock.pending, 0, 'the timer of the limit was cancelled');
});

test('a call that does not wait does not watch its caller', async () => {
  const past = setup();
  past.call.limitTo(0);
  assert.equal(await past.call.wait(past.subscribe), 'deadline');
  const gone = setup();
  gone.caller.gone = true;
  assert.equal(await gone.call.wait(gone.subscribe), 'gone');
  assert.deepEqual([past.caller.subscribers, gone.caller.subscribers], [0, 0]);
});

test('the times of several waits are added, without the times between them', async () => {
  const { clock, call, state, subscribe } = setup();
  for (const ms of [40, 2]) {
    const wait = call.wait(subscribe);
    clock.advance(ms);
    state.wake();
    await wait;
    clock.advance(100);
  }
  assert.equal(call.waited, 42);
});

test("the shorter one of the caller's limit and the daemon's own ends the wait", async () => {
  const first = setup();
  first.call.limitTo(1_000);
  first.call.limitTo(5_000);
  const limited = first.call.wait(first.subscribe);
  first.clock.advance(1_000);
  assert.equal(await limited, 'deadline');
  assert.equal(first.state.stopped, 1);

  const second = setup();
  second.call.limitTo(60_000);
  const capped = second.call.wait(second.subscribe);
  second.clock.advance(25_000);
  assert.equal(await capped, 'cap');
});

test("a caller's limit as long as the daemon's own counts as the caller's", async () => {
  const { clock, call, subscribe } = setup();
  call.limitTo(25_000);
  const wait = call.wait(subscribe);
  clock.advance(25_000);
  assert.equal(await wait, 'deadline');
  assert.equal(await call.wait(subscribe), 'deadline', 'also if the limit has passed before the wait');
});

test('limits count from the beginning of the call, not of each wait', async () => {
  const { clock, call, state, subscribe } = setup();
  call.limitTo(100);
  const first = call.wait(subscribe);
  clock.advance(60);
  state.wake();
  assert.equal(await first, 'ready');
  const second = call.wait(subscribe);
  clock.advance(40);
  assert.equal(await second, 'deadline');
  assert.equal(await call.wait(subscribe), 'deadline');
});

test('end wakes the current wait, stops its subscription at once, and ends later waits', async () => {
  const { call, state, subscribe } = setup();
  const wait = call.wait(subscribe);
  call.end('close');
  assert.equal(state.stopped, 1, 'stopped synchronously');
  call.end('cancel');
  assert.equal(await wait, 'close');
  assert.equal(await call.wait(subscribe), 'close', 'the first reason counts');
});

test('a client that disconnects ends the wait', async () => {
  const { call, subscribe, leave } = setup();
  const wait = call.wait(subscribe);
  leave();
  assert.equal(await wait, 'gone');
});

test('a call whose client has disconnected does not wait', async () => {
  const { caller, call, subscribe } = setup();
  caller.gone = true;
  assert.equal(await call.wait(subscribe), 'gone');
});

test('what was consumed is put back in reverse order, once', () => {
  const { call } = setup();
  const seen: number[] = [];
  assert.equal(call.consumes, false);
  call.onUndelivered(() => seen.push(1));
  call.onUndelivered(() => seen.push(2));
  assert.equal(call.consumes, true);
  call.giveBack();
  call.giveBack();
  assert.deepEqual(seen, [2, 1]);
});

test('the waiting calls of an owner are limited; they count from the first wait to the finish', async () => {
  const shared = sharedByCalls(2);
  const { waiting } = shared;
  const clock = new ManualClock();
  const caller = { gone: false, onGone: () => {} };
  const callOf = (owner: string) => new Call({ clock, capMs: 25_000, ...shared }, owner, caller);
  const never = () => ({ stop: () => {} });
  const [a, b, c, bob] = [callOf('alice'), callOf('alice'), callOf('alice'), callOf('bob')];
  const wake: (() => void)[] = [];
  const first = a.wait((ready) => {
    wake.push(ready);
    return { stop: () => {} };
  });
  void b.wait(never);
  void bob.wait(never);
  assert.equal(await c.wait(never), 'quota');
  assert.equal(c.reserveWait()?.refusal, 'quota');
  wake[0]?.();
  assert.equal(await first, 'ready');
  assert.equal(await c.wait(never), 'quota', 'the first call still counts between its waits');
  void a.wait(never);
  a.finish();
  a.finish();
  assert.equal(waiting.of('alice'), 1);
  assert.equal(c.reserveWait(), undefined, 'the call counts from here on');
  assert.equal(await callOf('alice').wait(never), 'quota');
  for (const call of [b, c, bob]) call.finish();
  assert.deepEqual([waiting.of('alice'), waiting.of('bob')], [0, 0]);
});
