/** Writes the tables of the Go client anew: `node dist/test/clients/go/write-tables.js`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../project/checkout.js';
import { TABLES, winsockTables } from './tables.js';

writeFileSync(join(CHECKOUT, TABLES), winsockTables());
