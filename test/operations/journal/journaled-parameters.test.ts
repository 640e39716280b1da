import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { payloadOf, withoutPayload } from '../../../src/operations/journal/journaled-parameters.js';

test('buffers become lengths, lists and texts are cut, the id of the scope is left out', () => {
  const copying = { bytes: 0, cut: [] };
  const kept = withoutPayload(
    {
      socketId: 'sck_1',
      data: { base64: 'YWJj' },
      other: { text: 'abc', len: 2 },
      list: Array.from({ length: 101 }, (_, i) => i),
      whole: Array.from({ length: 100 }, () => 'z'.repeat(256)),
      text: 'x'.repeat(300),
      nested: { name: 'y'.repeat(300) },
    },
    'socketId',
    copying,
  );
  assert.deepEqual(copying.cut, ['list', 'text', 'nested']);
  assert.deepEqual(kept, {
    data: { len: 3 },
    other: { len: 2, given: 3 },
    list: Array.from({ length: 100 }, (_, i) => i),
    whole: Array.from({ length: 100 }, () => 'z'.repeat(256)),
    text: 'x'.repeat(256),
    nested: { name: 'y'.repeat(256) },
  });
});

test('the size of the copy is estimated without the parts that were cut', () => {
  const bytesOf = (params: Record<string, unknown>): number => {
    const copying = { bytes: 0, cut: [] };
    withoutPayload(params, '', copying);
    return copying.bytes;
  };
  assert.equal(bytesOf({}), 0);
  assert.equal(bytesOf({ text: 'x'.repeat(1 << 20) }), bytesOf({ text: 'x'.repeat(256) }));
  assert.equal(bytesOf({ data: { text: 'x'.repeat(1 << 20) } }), bytesOf({ data: { base64: '' } }));
  assert.ok(bytesOf({ list: Array(1000).fill('abc') }) < 100 * 50);
  assert.ok(bytesOf({ list: ['a', 'b'] }) > bytesOf({ list: ['a'] }));
});

test('a kept part of a text does not keep the whole text alive', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const mib = 2 ** 20;
  const before = used();
  const kept = Array.from({ length: 32 }, (_, i) =>
    withoutPayload({ long: `${i}`.padEnd(mib, 'x'), part: `${i}`.padEnd(mib, 'y').slice(10, 40) }, '', {
      bytes: 0,
      cut: [],
    }),
  );
  const grown = used() - before;
  assert.ok(grown < 8 * mib, `${grown} bytes for ${JSON.stringify(kept).length} characters`);
});

test('the first bytes of several buffers are kept, as far as each declares them and the limit allows', () => {
  const buffers = [
    { text: 'abcdef', len: 2 },
    { base64: Buffer.from('ghijkl').toString('base64'), len: 3 },
    { text: 'm' },
  ];
  const kept = (most: number): string | undefined => payloadOf(buffers, most)?.toString();
  assert.deepEqual([0, 1, 2, 4, 5, 6, 100].map(kept), [
    undefined,
    'a',
    'ab',
    'abgh',
    'abghi',
    'abghim',
    'abghim',
  ]);
  assert.equal(payloadOf([{ text: '' }, { text: 'x', len: 0 }], 10), undefined);
});
