#!/usr/bin/env node
/**
 * npm start: makes the checkout ready and becomes the daemon.
 *
 *   npm start                      npm start -- ARGS
 *
 * The daemon runs in this very process, not in a child: signals, console events of Windows, the terminal and
 * the exit code are its own, and nothing has to be passed on.
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
