#!/usr/bin/env node
/**
 * Checks package.json and package-lock.json:
 *
 * - no download addresses, so that an installation uses the registry of its machine;
 * - every optional package is listed, even those of other systems: npm ci refuses a file without them;
 * - koffi is pinned exactly: the reactor depends on an undocumented function of it.
 *
 *   node scripts/lint/lock-file.mjs [folder]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../ensure/checkout.mjs';

const folder = process.argv[2] ?? checkout;
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const { dependencies } = read('package.json');
const { packages } = read('package-lock.json');

const complaints = [];
for (const [place, entry] of Object.entries(packages)) {
  if (entry.resolved) complaints.push(`lock-file-addresses: ${place} has the address ${entry.resolved}`);
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!isNamed(name, place)) complaints.push(`lock-file-whole: ${name} of ${place} is missing`);
  }
}
if (!/^\d+\.\d+\.\d+$/.test(dependencies?.koffi ?? '')) {
  complaints.push(`koffi-pinned: package.json asks for koffi ${dependencies?.koffi}, not for one version`);
}
for (const line of complaints) process.stderr.write(`${line}\n`);
process.stdout.write(
  `lock file: ${Object.keys(packages).length} packages, ${complaints.length} complaints\n`,
);
process.exitCode = complaints.length > 0 ? 1 : 0;

function isNamed(name, place) {
  return `${place}/node_modules/${name}` in packages || `node_modules/${name}` in packages;
}
