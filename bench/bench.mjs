#!/usr/bin/env node
/** npm run bench: measures the cost of calls, compared with floors and peers. bench/README.md explains it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { ensure } from '../scripts/ensure.mjs';
import { readArguments, USAGE } from './arguments.mjs';
import { buildPrograms } from './build.mjs';
import { bulk } from './parts/bulk.mjs';
import { churn } from './parts/churn.mjs';
import { connected } from './parts/connected.mjs';
import { consolePage } from './parts/console.mjs';
import { go } from './parts/go.mjs';
import { http } from './parts/http.mjs';
import { instant } from './parts/instant.mjs';
import { neighbours } from './parts/neighbours.mjs';
import { python } from './parts/python.mjs';
import { resident } from './parts/resident.mjs';
import { waiting } from './parts/waiting.mjs';
import { wires } from './parts/wires.mjs';
import { cache } from './places.mjs';
import { stopAll } from './programs.mjs';
import { inRounds } from './rounds.mjs';
import { figuresOf } from './rows.mjs';
import { table } from './table.mjs';
import { Tools } from './tools.mjs';

const PARTS = {
  http,
  connected,
  resident,
  churn,
  waiting,
  wires,
  neighbours,
  instant,
  bulk,
  python,
  go,
  console: consolePage,
};

const say = (text) => process.stderr.write(`bench: ${text}\n`);

try {
  const options = readArguments(process.argv.slice(2), Object.keys(PARTS));
  if (options.help) process.stdout.write(USAGE);
  else await bench(options);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
} finally {
  await stopAll();
}

async function bench(options) {
  if (process.platform !== 'linux') throw new Error('it reads /proc, so it needs Linux');
  await ensure();
  const tools = new Tools(await buildPrograms(), options);
  const results = { ...machine(), options: shown(options), parts: {} };
  for (const name of options.only) results.parts[name] = await measure(name, tools);
  results.loadAtEnd = loadavg();
  const file = options.json ?? join(cache, 'results.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${table(Object.values(results.parts).flat())}`);
  say(`${results.cores} cores, Node ${results.node}; the figures of each round are in ${file}`);
}

/** @returns {Promise<ReturnType<typeof figuresOf>[]>} */
async function measure(name, tools) {
  say(name);
  try {
    const { subjects, rows, ...how } = await PARTS[name](tools);
    const { rounds, cold: isCold } = tools.options;
    const measured = await inRounds(subjects, { rounds, isCold, ...how }, say);
    return rows.map((row) => figuresOf(row, measured));
  } finally {
    await stopAll();
  }
}

/** The properties of the machine that affect the figures, without its name. */
function machine() {
  return { cores: availableParallelism(), node: process.versions.node, load: loadavg() };
}

function shown({ rounds, seconds, cold, closes, minutes }) {
  return { rounds, seconds, cold, closes, minutes };
}
