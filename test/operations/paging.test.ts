import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cursors } from '../../src/daemon/cursors.js';
import { page } from '../../src/operations/paging.js';

test('a page that holds the rest exactly is the last one', () => {
  const cursors = new Cursors();
  const all = ['d', 'b', 'a', 'c'].map((id) => ({ id }));
  const walk = (limit: number): string[][] => {
    const pages: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const found = page(cursors, 'letters', all, { limit, ...(cursor !== undefined && { cursor }) });
      assert.ok(found.ok);
      pages.push(found.value.entries.map(({ id }) => id));
      cursor = found.value.nextCursor;
      if (cursor === undefined) return pages;
      assert.ok(pages.length <= all.length, 'it has an end');
    }
  };
  assert.deepEqual(walk(1), [['a'], ['b'], ['c'], ['d']]);
  assert.deepEqual(walk(2), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  assert.deepEqual(walk(3), [['a', 'b', 'c'], ['d']]);
  assert.deepEqual(walk(4), [['a', 'b', 'c', 'd']]);
});
