import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NewestItems } from '../../../src/daemon/journal/newest-items.js';

test('the newest items stay in their order, and dropped ones are counted', () => {
  const items = new NewestItems<number>(3);
  assert.deepEqual([items.from(() => true), items.dropped], [[], 0]);
  for (let i = 1; i <= 8; i++) items.push(i);
  assert.deepEqual([items.from(() => true), items.length, items.dropped], [[6, 7, 8], 3, 5]);
});

test('from returns items from the first that fits, at most the limit, wherever the items begin', () => {
  for (let pushed = 0; pushed < 12; pushed++) {
    const items = new NewestItems<number>(4);
    for (let i = 1; i <= pushed; i++) items.push(i);
    const kept = Array.from({ length: pushed }, (_, i) => i + 1).slice(-4);
    for (let after = 0; after <= pushed; after++) {
      const expected = kept.filter((item) => item > after);
      assert.deepEqual(
        items.from((item) => item > after),
        expected,
      );
      assert.deepEqual(
        items.from((item) => item > after, 2),
        expected.slice(0, 2),
      );
    }
  }
});

test('dropHalf drops the older half, and it works as before', () => {
  const items = new NewestItems<number>(4);
  for (let i = 1; i <= 7; i++) items.push(i);
  assert.deepEqual(items.dropHalf(), [4, 5]);
  assert.deepEqual([items.from(() => true), items.length, items.dropped], [[6, 7], 2, 5]);
  for (let i = 8; i <= 10; i++) items.push(i);
  assert.deepEqual([items.from(() => true), items.dropped], [[7, 8, 9, 10], 6]);
  while (items.length > 0) items.dropHalf();
  assert.deepEqual(
    [items.dropHalf(), items.push(11), items.from(() => true), items.dropped],
    [[], undefined, [11], 10],
  );
});
