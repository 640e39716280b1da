/** The tables of the Go client are those of the daemon. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../../project/checkout.js';
import { TABLES, winsockTables } from './tables.js';

test('the codes and options of the Go client are up to date', () => {
  const written = readFileSync(join(CHECKOUT, TABLES), 'utf8');
  assert.equal(written, winsockTables(), 'node dist/test/clients/go/write-tables.js brings it up to date');
});
