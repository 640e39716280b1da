import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page } from '../../../src/operations/schemas/paging.js';

test('a page that holds exactly the rest is the last one', () => {
  const all = [1, 2, 5, 9].map((number) => ({ number }));
  const walk = (limit: number): number[][] => {
    const pages: number[][] = [];
    for (let cursor: string | undefined; ; ) {
      const found = page(all, 9, { limit, ...(cursor !== undefined && { cursor }) });
      assert.ok(found.ok);
      const { entries, nextCursor } = found.value;
      pages.push(entries.map(({ number }) => number));
      cursor = nextCursor;
      if (cursor === undefined) return pages;
      assert.ok(pages.length <= all.length, 'it has an end');
    }
  };
  assert.deepEqual(walk(1), [[1], [2], [5], [9]]);
  assert.deepEqual(walk(2), [
    [1, 2],
    [5, 9],
  ]);
  assert.deepEqual(walk(3), [[1, 2, 5], [9]]);
  assert.deepEqual(walk(4), [[1, 2, 5, 9]]);
});

test('the number of the newest entry is a valid cursor, a higher one is not', () => {
  const at = (cursor: string) => page([{ number: 1 }], 3, { cursor });
  assert.deepEqual(at('3'), { ok: true, value: { entries: [] } });
  const refused = at('4');
  assert.deepEqual([refused.ok, 'refusal' in refused && refused.refusal], [false, 'validation']);
});
