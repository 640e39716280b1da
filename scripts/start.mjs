#!/usr/bin/env node
/**
 * npm start: prepares the checkout and runs the daemon.
 *
 *   npm start                      npm start -- ARGS
 *
 * The daemon runs in this process, not in a child, so that signals, console events of Windows, the terminal
 * and the exit code need not be passed on.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkout } from './ensure/checkout.mjs';
import { ensure } from './ensure.mjs';

const main = join(checkout, 'dist', 'src', 'main.js');

try {
  await ensure();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
process.argv[1] = main;
await import(pathToFileURL(main).href);
