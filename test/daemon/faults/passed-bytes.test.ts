import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BytesSince } from '../../../src/daemon/faults/passed-bytes.js';

test('bytes count from the beginning of the count, or from the opening of a socket that is newer', () => {
  const since = new BytesSince();
  const old = { send: 10, recv: 20 };
  const young = { send: 0, recv: 0 };
  since.begin(old);
  old.send += 5;
  young.recv += 7;
  assert.deepEqual([since.of(old, 'send'), since.of(old, 'recv')], [5, 0]);
  assert.deepEqual([since.of(young, 'send'), since.of(young, 'recv')], [0, 7]);
});
