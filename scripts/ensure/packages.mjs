import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmScript, runNode } from './tool.mjs';

/**
 * Installs the packages of package-lock.json, unless node_modules was installed from the same file.
 *
 * @param {string} checkout
 */
export async function ensurePackages(checkout) {
  const stamp = join(checkout, 'node_modules', '.winsockd-lock');
  const key = createHash('sha256')
    .update(readFileSync(join(checkout, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  process.stdout.write('winsockd: installing packages (npm ci)\n');
  // Included for any settings of the machine: tsc is a dev package, koffi's binary an optional one.
  const code = await runNode([npmScript(), 'ci', '--include=dev', '--include=optional', '--loglevel=error'], {
    cwd: checkout,
  });
  if (code !== 0) throw new Error(`npm ci ended with ${code}`);
  writeFileSync(stamp, key);
}
