import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, newest, timeOf } from './files.mjs';
import { runNode, scriptOf } from './tool.mjs';

/**
 * Writes the types of the console from the OpenAPI document, when that is newer.
 *
 * @param {string} checkout
 */
export async function ensureConsoleTypes(checkout) {
  const document = join(checkout, 'openapi', 'openapi.json');
  const types = join(checkout, 'src', 'console', 'model', 'openapi.gen.d.ts');
  if (existsSync(types) && timeOf(types) >= newest([document, stampOfPackages(checkout)])) return;
  await run(checkout, 'openapi-typescript', 'openapi-typescript', [document, '-o', types]);
}

/**
 * Builds the console, the page at `/`, to dist/console/ when one of its sources is newer than the last build.
 *
 * @param {string} checkout
 */
export async function ensureConsole(checkout) {
  const stamp = join(checkout, 'dist', '.console-built');
  const inputs = [...filesIn(join(checkout, 'src', 'console')), stampOfPackages(checkout)];
  const built = join(checkout, 'dist', 'console', 'index.html');
  if (existsSync(built) && newest(inputs) <= timeOf(stamp)) return;
  process.stdout.write('winsockd: building the console (vite)\n');
  rmSync(stamp, { force: true });
  const began = new Date();
  await run(checkout, 'vite', 'vite', ['build', join('src', 'console'), '--logLevel', 'warn']);
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began); // so that a source saved meanwhile is newer
}

const stampOfPackages = (checkout) => join(checkout, 'node_modules', '.winsockd-lock');

async function run(checkout, packageName, command, args) {
  const options = { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit'] };
  const code = await runNode([scriptOf(checkout, packageName, command), ...args], options);
  if (code !== 0) throw new Error(`the build failed (${command} ended with ${code})`);
}
