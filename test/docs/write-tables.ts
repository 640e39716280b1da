/** Writes the tables of README.md and docs/ anew: `node dist/test/docs/write-tables.js`. */
import { writeFileSync } from 'node:fs';
import { pageWith, ROOT, readDocument, withTable } from './markdown.js';
import { TABLES } from './tables.js';

for (const [name, render] of Object.entries(TABLES)) {
  const page = pageWith(`table: ${name}`);
  writeFileSync(`${ROOT}${page}`, withTable(readDocument(page), name, render()));
}
