import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bench, cache } from './places.mjs';
import { run } from './programs.mjs';

const LOAD = ['load/clients.c', 'load/script.c', 'measure.c'];
const SOURCES = {
  'http-load': ['load/http-load.c', ...LOAD],
  'ws-load': ['load/ws-load.c', ...LOAD],
  'raw-sockets': ['raw-sockets.c', 'measure.c'],
  bulk: ['bulk.c', 'measure.c'],
  'echo-server': ['echo-server.c', 'measure.c'],
};
const HEADERS = ['measure.h', 'load/clients.h', 'load/script.h'];

/**
 * Compiles the programs of bench/programs with cc when a source is newer.
 *
 * @returns {Promise<Record<keyof typeof SOURCES, string>>} the path of each program
 */
export async function buildPrograms() {
  mkdirSync(cache, { recursive: true });
  const built = {};
  for (const [name, sources] of Object.entries(SOURCES)) {
    built[name] = join(cache, name);
    const paths = sources.map((source) => join(bench, 'programs', source));
    const inputs = [...paths, ...HEADERS.map((header) => join(bench, 'programs', header))];
    if (timeOf(built[name]) > Math.max(...inputs.map(timeOf))) continue;
    await run([
      'cc',
      '-std=gnu11',
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-pthread',
      '-o',
      built[name],
      ...paths,
    ]);
  }
  return built;
}

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
