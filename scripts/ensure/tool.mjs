import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Runs a Node script in this terminal without a shell. Batch files such as npm.cmd would need one on
 * Windows.
 *
 * @param {string[]} argv script and arguments
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 1 when a signal ended it
 */
export async function runNode(argv, options = {}) {
  const [code] = await once(spawn(process.execPath, argv, { stdio: 'inherit', ...options }), 'exit');
  return code ?? 1;
}

/**
 * The script of a command of an installed package, from its package.json.
 *
 * @param {string} checkout
 * @param {string} packageName
 * @param {string} command
 */
export function scriptOf(checkout, packageName, command) {
  const folder = join(checkout, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/**
 * The script of npm: the one that runs this script, or the one beside this Node.
 *
 * @returns {string}
 * @throws an Error of one line when this Node has no npm
 */
export function npmScript() {
  const beside = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath ?? '',
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js', // Debian's package
  ];
  const found = candidates.find((path) => basename(path) === 'npm-cli.js' && existsSync(path));
  if (!found) throw new Error(`npm is missing beside ${process.execPath}: run this with npm`);
  return found;
}
