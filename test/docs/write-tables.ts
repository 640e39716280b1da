/** Writes the tables of README.md and docs/ anew: `node dist/test/docs/write-tables.js`. */
import { writeFileSync } from 'node:fs';
import { CHECKOUT } from '../project/checkout.js';
import { pageWith, readDocument, withTable } from './markdown.js';
import { TABLES } from './tables.js';

for (const [name, render] of Object.entries(TABLES)) {
  const page = pageWith(`table: ${name}`);
  writeFileSync(`${CHECKOUT}${page}`, withTable(readDocument(page), name, render()));
}
