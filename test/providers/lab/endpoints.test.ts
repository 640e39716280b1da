import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMulticast } from '../../../src/providers/lab/endpoints.js';
import { v4, v6 } from '../../addresses.js';

describe('isMulticast', () => {
  for (const [address, is] of [
    ['223.255.255.255', false],
    ['224.0.0.0', true],
    ['239.255.255.255', true],
    ['240.0.0.0', false],
  ] as const) {
    it(`${address}: ${is}`, () => assert.equal(isMulticast(v4(address, 1)), is));
  }
  for (const [address, is] of [
    ['ff00::', true],
    ['fe80::1', false],
    ['::ff00', false],
  ] as const) {
    it(`${address}: ${is}`, () => assert.equal(isMulticast(v6(address, 1)), is));
  }
});
