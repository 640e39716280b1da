import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lease } from '../../../src/daemon/sessions/lease.js';
import { ManualClock } from '../waiting/manual-clock.js';

const begun = (isUsed = (): boolean => false): { clock: ManualClock; lease: Lease; expiries: number[] } => {
  const clock = new ManualClock();
  const expiries: number[] = [];
  const lease = new Lease({ clock, seconds: 10, isUsed, onExpiry: () => expiries.push(clock.now()) });
  return { clock, lease, expiries };
};

test('a lease expires once, exactly at its end', () => {
  const { clock, lease, expiries } = begun();
  clock.advance(9_999);
  assert.deepEqual([lease.left, expiries], [1, []]);
  clock.advance(60_000);
  assert.deepEqual(expiries, [10_000]);
});

test('a use starts the lease anew; a renewal can also change its length', () => {
  const { clock, lease, expiries } = begun();
  clock.advance(9_000);
  lease.touch();
  clock.advance(9_000);
  assert.equal(lease.left, 1_000);
  lease.renew(20);
  assert.deepEqual([lease.seconds, lease.left], [20, 20_000]);
  clock.advance(19_999);
  assert.deepEqual(expiries, []);
  clock.advance(1);
  assert.deepEqual(expiries, [38_000]);
});

test('a lease does not run in use or while held, and starts anew after the last hold', () => {
  let used = true;
  const { clock, lease, expiries } = begun(() => used);
  const [release, other] = [lease.hold(), lease.hold()];
  clock.advance(25_000);
  used = false;
  release();
  clock.advance(25_000);
  assert.deepEqual([lease.isRunning, lease.left, expiries], [false, 10_000, []]);
  other();
  assert.deepEqual([lease.isRunning, lease.left], [true, 10_000]);
  clock.advance(30_000);
  assert.equal(expiries.length, 1);
});

test('an ended lease never expires, and leaves no timer', () => {
  const { clock, lease, expiries } = begun();
  lease.end();
  assert.equal(clock.pending, 0);
  clock.advance(60_000);
  assert.deepEqual(expiries, []);
});
