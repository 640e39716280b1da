#!/usr/bin/env node
/**
 * Checks the rules of .dependency-cruiser.cjs, that rooms.cjs lists every folder and file, and that the
 * sources were read: with an unknown version of TypeScript dependency-cruiser reads no file and reports no
 * error.
 *
 *   node scripts/lint/architecture.mjs [folder]      folder: another checkout with the rules and src/
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../ensure/checkout.mjs';
import { scriptOf } from '../ensure/tool.mjs';
import { ROOMS } from './rooms.cjs';

/** The daemon has more modules than this. */
const LEAST_MODULES = 100;

const folder = process.argv[2] ?? checkout;
const { violations, seen } = cruise(folder);
const complaints = [
  ...violations.map(describe),
  ...unlistedIn(folder).map((path) => `rooms-are-listed: scripts/lint/rooms.cjs does not name ${path}`),
  ...complaintsOfCount(seen, sourcesIn(join(folder, 'src'))),
];
for (const line of complaints) process.stderr.write(`${line}\n`);
process.stdout.write(`architecture: ${seen} modules, ${complaints.length} complaints\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;

function cruise(cwd) {
  const argv = [
    scriptOf(checkout, 'dependency-cruiser', 'depcruise'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'src',
  ];
  const text = execFileSync(process.execPath, argv, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { modules, summary } = JSON.parse(text);
  return {
    violations: summary.violations,
    seen: modules.filter(({ source }) => source.startsWith('src/')).length,
  };
}

function describe({ rule, from, to, cycle, comment }) {
  const way = cycle ? [from, ...cycle.map((step) => step.name)].join(' -> ') : `${from} -> ${to}`;
  return `${rule.name}: ${way}${comment ? `\n  ${comment}` : ''}`;
}

/** Folders and files that the list lacks. */
function unlistedIn(cwd) {
  return Object.entries(ROOMS).flatMap(([place, names]) =>
    (existsSync(join(cwd, place)) ? readdirSync(join(cwd, place), { withFileTypes: true }) : [])
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .filter((name) => !names.includes(name))
      .map((name) => `${place}/${name}`),
  );
}

function complaintsOfCount(count, sources) {
  const least = Math.max(LEAST_MODULES, sources);
  return count < least ? [`modules-seen: ${count} modules of src/ were looked at, expected ${least}`] : [];
}

function sourcesIn(src) {
  if (!existsSync(src)) return 0;
  return readdirSync(src, { recursive: true }).filter((name) => /\.tsx?$/.test(name)).length;
}
