import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bench, cache } from '../places.mjs';
import { run } from '../programs.mjs';

/**
 * Makes a Python environment for the peers, with the versions of requirements.txt.
 *
 * @returns {Promise<string>} the path of its Python
 */
export async function installPeers() {
  const requirements = join(bench, 'peers', 'requirements.txt');
  const folder = join(cache, 'peers');
  const python = join(folder, 'bin', 'python3');
  const stamp = join(folder, '.installed');
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return python;
  process.stderr.write('bench: installing the peers\n');
  await run(['python3', '-m', 'venv', '--clear', folder]);
  await run([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, key);
  return python;
}
