import assert from 'node:assert/strict';
import test from 'node:test';
import { faultHeader } from '../../src/http/headers.js';

test('Winsockd-Fault has the ids of sixteen faults, and the number of the others', () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `flt_${i + 1}`);
  assert.equal(faultHeader(ids(1)), 'flt_1');
  assert.equal(faultHeader(ids(16)), ids(16).join(', '));
  assert.equal(faultHeader(ids(17)), `${ids(16).join(', ')}, 1 more`);
});
