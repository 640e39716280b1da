/** The types of the TypeScript client are those of the daemon's documents. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../../project/checkout.js';
import { operationTypes, TYPES } from './types.js';

test('the operations of the TypeScript client are up to date', async () => {
  const written = readFileSync(join(CHECKOUT, TYPES), 'utf8');
  assert.equal(
    written,
    await operationTypes(),
    'node dist/test/clients/typescript/write-types.js brings it up to date',
  );
});
