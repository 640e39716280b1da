/** Brings the tables of README.md up to date: `node dist/test/docs/write-tables.js`. */
import { writeFileSync } from 'node:fs';
import { README, readDocument, withTable } from './markdown.js';
import { TABLES } from './tables.js';

const written = Object.entries(TABLES).reduce(
  (markdown, [name, render]) => withTable(markdown, name, render()),
  readDocument('README.md'),
);
writeFileSync(README, written);
