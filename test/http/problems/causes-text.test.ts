import assert from 'node:assert/strict';
import test from 'node:test';
import type { Cause } from '../../../src/http/problems/causes.js';
import { causesLine, causesTable, namesByStatus } from '../../../src/http/problems/causes-text.js';

const CAUSES: readonly Cause[] = [
  { name: 'WSAENOTSOCK', status: 404, code: 10038 },
  { name: 'WSANOTINITIALISED', status: 409, code: 10093, why: 'a 1.x session' },
  { name: 'quota', status: 409 },
  { name: 'WSAENOTSOCK', status: 410, code: 10038 },
  { name: 'quota', status: 503 },
];

test('statuses with the same problems share a row, at the place of the first', () => {
  assert.deepEqual(causesTable(CAUSES).split('\n').slice(2), [
    '| 404, 410 | WSAENOTSOCK |',
    '| 409 | WSANOTINITIALISED (a 1.x session), quota |',
    '| 503 | quota |',
  ]);
  assert.equal(
    causesLine(CAUSES),
    '404, 410 WSAENOTSOCK; 409 WSANOTINITIALISED (a 1.x session), quota; 503 quota',
  );
});

test('programs find the names of each status', () => {
  assert.deepEqual(namesByStatus(CAUSES), {
    404: ['WSAENOTSOCK'],
    409: ['WSANOTINITIALISED', 'quota'],
    410: ['WSAENOTSOCK'],
    503: ['quota'],
  });
});
