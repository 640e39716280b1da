#!/usr/bin/env node
/** npm run start:wine: starts the daemon with its arguments on a Windows Node under Wine. */
import { randomBytes } from 'node:crypto';
import { checkout } from './ensure/checkout.mjs';
import { ensure } from './ensure.mjs';
import { fromAnywhere } from './wine/arguments.mjs';
import { prepare, run, stage } from './wine.mjs';

/**
 * The daemon refuses a token file when it cannot check that only the owner may read it, and Wine has no
 * access lists. So without a given token this makes one for the run, which later runs do not know.
 */
function tokenIfNone([command]) {
  const given = ['WINSOCKD_TOKEN', 'WINSOCKD_TOKENS'].some((name) => process.env[name]);
  if (given || process.argv.some((arg) => /^--config(=|$)/.test(arg))) return {};
  if (command === 'url') throw new Error('each run has its own token; set WINSOCKD_TOKEN for all of them');
  const token = randomBytes(24).toString('base64url');
  process.stdout.write(`The token of this run: ${token}\n`);
  return { WINSOCKD_TOKEN: token };
}

try {
  const args = process.argv.slice(2);
  await ensure();
  const environment = await prepare();
  const app = await stage(checkout);
  process.exitCode = await run(environment, ['dist/src/main.js', ...fromAnywhere(args)], {
    cwd: app,
    env: tokenIfNone(args),
  });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
