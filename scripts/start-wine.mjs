#!/usr/bin/env node
/**
 * npm run start:wine: the daemon on a Windows Node under Wine, with its arguments.
 */
import { checkout } from './ensure/checkout.mjs';
import { ensure } from './ensure.mjs';
import { prepare, run, stage } from './wine.mjs';

try {
  await ensure();
  const environment = await prepare();
  const app = await stage(checkout);
  const args = ['dist/src/main.js', ...process.argv.slice(2)];
  process.exitCode = await run(environment, args, { cwd: app });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
