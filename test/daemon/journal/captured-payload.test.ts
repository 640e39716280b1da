import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureBound, type PayloadEntry } from '../../../src/daemon/journal/captured-payload.js';

const entry = (bytes: number): PayloadEntry => ({ data: Buffer.alloc(bytes) });

/** Whether each entry still has its payload. */
const kept = (entries: readonly PayloadEntry[]): boolean[] => entries.map(({ data }) => data !== undefined);

test('when the bound of a socket is full, its oldest payload is dropped and counted', () => {
  const owner = new CaptureBound(1000);
  const socket = new CaptureBound(10, owner);
  const entries = [entry(4), entry(4), entry(4)];
  for (const one of entries) socket.keep(one);
  assert.deepEqual(kept(entries), [false, true, true]);
  assert.deepEqual([socket.bytes, owner.bytes, socket.dropped], [8, 8, 1]);
});

test('payload that is larger than any of the bounds is not kept', () => {
  const owner = new CaptureBound(10);
  const session = new CaptureBound(100, owner);
  const socket = new CaptureBound(100, session);
  const [small, large] = [entry(2), entry(11)];
  socket.keep(small);
  socket.keep(large);
  assert.deepEqual(kept([small, large]), [false, false]);
  assert.deepEqual([socket.bytes, session.bytes, owner.bytes, socket.dropped], [0, 0, 0, 2]);
});

test('payload of ended sockets is dropped first, in the order of their ends, then the oldest one', () => {
  const session = new CaptureBound(10);
  const sockets = Array.from({ length: 4 }, () => new CaptureBound(100, session));
  const entries = sockets.map(() => entry(2));
  for (const [i, socket] of sockets.entries()) socket.keep(entries[i] ?? entry(0));
  sockets[3]?.end();
  sockets[1]?.end();
  const late = entry(2);
  // From a call that ended together with its socket: it counts as payload of an ended socket.
  sockets[1]?.keep(late);
  const seen: boolean[][] = [];
  const filler = new CaptureBound(100, session);
  for (let i = 0; i < 5; i++) {
    filler.keep(entry(2));
    seen.push(kept([...entries, late]));
  }
  assert.deepEqual(seen, [
    [true, true, true, false, true],
    [true, false, true, false, true],
    [true, false, true, false, false],
    [false, false, true, false, false],
    [false, false, false, false, false],
  ]);
  assert.equal(session.bytes, 10);
});

test('forgotten payload no longer counts, and a closed bound keeps nothing', () => {
  const session = new CaptureBound(100);
  const socket = new CaptureBound(100, session);
  const [first, second, late] = [entry(3), entry(5), entry(7)];
  socket.keep(first);
  socket.keep(second);
  socket.forget(first);
  assert.deepEqual([socket.bytes, session.bytes], [5, 5]);
  socket.end();
  socket.close();
  socket.keep(late);
  assert.deepEqual(kept([first, second, late]), [false, false, false]);
  assert.deepEqual([socket.bytes, session.bytes, socket.dropped], [0, 0, 0]);
});
