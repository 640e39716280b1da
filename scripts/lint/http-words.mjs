#!/usr/bin/env node
/**
 * Checks that the layers behind the edge do not mention HTTP (statuses, header fields, paths of the API),
 * even in comments. Their permitted imports are in .dependency-cruiser.cjs.
 *
 *   node scripts/lint/http-words.mjs [folder]      folder: another checkout
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../ensure/checkout.mjs';

const LAYERS = ['src/winsock', 'src/providers', 'src/daemon', 'src/operations'];

/** `/v1` followed by a dot, as in an address with `/v1.x/`, is no path of the API. */
const WORDS = /httpStatus|statusCode|content-type|retry-after|\/v1\b(?!\.\w)/gi;

const folder = process.argv[2] ?? checkout;
const files = LAYERS.flatMap((layer) =>
  readdirSync(join(folder, layer), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${layer}/${name.replaceAll('\\', '/')}`),
);
const complaints = files.flatMap((file) =>
  readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .flatMap((line, i) =>
      [...line.matchAll(WORDS)].map(([word]) => `http-words: ${file}:${i + 1} says ${word}`),
    ),
);
for (const line of complaints) process.stderr.write(`${line}\n`);
process.stdout.write(`http words: ${files.length} files, ${complaints.length} complaints\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;
