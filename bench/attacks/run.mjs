#!/usr/bin/env node
/**
 * Measures how much one client can harm the daemon; README.md in this folder explains it.
 *
 *   node bench/attacks/run.mjs [--daemon FOLDER] [--rounds N] [--only NAME[,NAME...]] [--minutes N]
 *                              [--heap MIB] [--json FILE] [--before FILE]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ATTACKS } from './list.mjs';
import { boundsOf, comparison, summaryOf, tableOf } from './report.mjs';
import { round } from './round.mjs';

const { values } = parseArgs({
  options: {
    daemon: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    heap: { type: 'string', default: '1024' },
    minutes: { type: 'string', default: '20' },
    json: { type: 'string' },
    before: { type: 'string' },
  },
});
const checkout = resolve(values.daemon);
const names = values.only.split(',').filter((name) => name !== '');
const unknown = names.find((name) => ATTACKS.every((attack) => attack.name !== name));
if (unknown !== undefined) {
  process.stderr.write(`There is no ${unknown}; there are ${ATTACKS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const chosen = ATTACKS.filter(({ name }) => names.length === 0 || names.includes(name));
const bounds = boundsOf(join(checkout, 'config', 'default.json'));
const rounds = new Map(chosen.map(({ name }) => [name, /** @type {import('./round.mjs').Round[]} */ ([])]));
let endsAt = performance.now() + Number(values.minutes) * 60_000;
process.once('SIGINT', () => {
  endsAt = 0;
});

const rows = () => chosen.map((attack) => summaryOf(attack, rounds.get(attack.name) ?? [], bounds));

// Round by round, so that a time limit omits the same rounds of every attack.
for (let number = 1; number <= Number(values.rounds); number++) {
  for (const attack of chosen) {
    if (performance.now() > endsAt) break;
    process.stderr.write(`${number}/${values.rounds} ${attack.name}: `);
    try {
      const one = await round({ checkout, heapMiB: Number(values.heap) }, attack);
      rounds.get(attack.name)?.push(one);
      process.stderr.write(
        `${Math.round(one.stallMs)} ms, ${Math.round(one.peakMiB)} MiB ${one.died ?? ''}\n`,
      );
    } catch (error) {
      process.stderr.write(`not measured: ${error}\n`);
    }
    if (values.json !== undefined) {
      writeFileSync(values.json, `${JSON.stringify({ checkout, rows: rows() }, null, 2)}\n`);
    }
  }
}

const earlier =
  values.before === undefined ? undefined : JSON.parse(readFileSync(values.before, 'utf8')).rows;
process.stdout.write(earlier === undefined ? tableOf(rows()) : comparison(earlier, rows()));
