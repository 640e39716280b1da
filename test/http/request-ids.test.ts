import assert from 'node:assert/strict';
import test from 'node:test';
import { requestIds } from '../../src/http/request-ids.js';
import { build } from './build.js';

test('request ids are short, and no two are equal', () => {
  const next = requestIds();
  const ids = Array.from({ length: 5000 }, next);
  for (const id of ids) assert.match(id, /^req-[0-9a-f]{16}$/);
  assert.equal(new Set(ids).size, ids.length);
});

test('request ids are not a counter, which would show the number of other requests', async (t) => {
  const { api } = await build(t);
  const idOf = async (): Promise<bigint> => {
    const { headers } = await api.get('/health/live');
    return BigInt(`0x${String(headers['x-request-id']).slice('req-'.length)}`);
  };
  const [first, second, third] = [await idOf(), await idOf(), await idOf()];
  // A counter, with or without a random start, would give the same difference twice.
  assert.notEqual(second - first, third - second);
});
