import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ring } from '../../../src/daemon/journal/ring.js';

test('the newest items stay in their order, and dropped ones are counted', () => {
  const ring = new Ring<number>(3);
  assert.deepEqual([ring.from(() => true), ring.dropped], [[], 0]);
  for (let i = 1; i <= 8; i++) ring.push(i);
  assert.deepEqual([ring.from(() => true), ring.length, ring.dropped], [[6, 7, 8], 3, 5]);
});

test('from returns items from the first that fits, at most the limit, wherever the ring begins', () => {
  for (let pushed = 0; pushed < 12; pushed++) {
    const ring = new Ring<number>(4);
    for (let i = 1; i <= pushed; i++) ring.push(i);
    const kept = Array.from({ length: pushed }, (_, i) => i + 1).slice(-4);
    for (let after = 0; after <= pushed; after++) {
      const expected = kept.filter((item) => item > after);
      assert.deepEqual(
        ring.from((item) => item > after),
        expected,
      );
      assert.deepEqual(
        ring.from((item) => item > after, 2),
        expected.slice(0, 2),
      );
    }
  }
});

test('dropHalf drops the older half, and the ring works as before', () => {
  const ring = new Ring<number>(4);
  for (let i = 1; i <= 7; i++) ring.push(i);
  assert.deepEqual(ring.dropHalf(), [4, 5]);
  assert.deepEqual([ring.from(() => true), ring.length, ring.dropped], [[6, 7], 2, 5]);
  for (let i = 8; i <= 10; i++) ring.push(i);
  assert.deepEqual([ring.from(() => true), ring.dropped], [[7, 8, 9, 10], 6]);
  while (ring.length > 0) ring.dropHalf();
  assert.deepEqual(
    [ring.dropHalf(), ring.push(11), ring.from(() => true), ring.dropped],
    [[], undefined, [11], 10],
  );
});
