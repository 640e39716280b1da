import assert from 'node:assert/strict';
import test from 'node:test';
import { causesTable } from '../../../src/http/problems/causes.js';

test('statuses with the same problems share a row, at the place of the first', () => {
  const table = causesTable([
    { name: 'WSAENOTSOCK', status: 404, code: 10038 },
    { name: 'WSANOTINITIALISED', status: 409, code: 10093 },
    { name: 'quota', status: 409 },
    { name: 'WSAENOTSOCK', status: 410, code: 10038 },
    { name: 'quota', status: 503 },
  ]);
  assert.deepEqual(table.split('\n').slice(2), [
    '| 404, 410 | WSAENOTSOCK |',
    '| 409 | WSANOTINITIALISED, quota |',
    '| 503 | quota |',
  ]);
});
