#!/usr/bin/env node
/**
 * Prepares the checkout: installs the packages of the lock file and builds the code. Fast when both are up
 * to date.
 *
 *   node scripts/ensure.mjs [install]     install: packages only
 */
import { ensureBuild } from './ensure/build.mjs';
import { checkout } from './ensure/checkout.mjs';
import { ensureConsole, ensureConsoleTypes } from './ensure/console.mjs';
import { isProgram } from './ensure/is-program.mjs';
import { ensurePackages } from './ensure/packages.mjs';

/**
 * @throws an Error of one line when a step fails; the step has printed why
 */
export async function ensure() {
  await ensurePackages(checkout);
  await ensureConsoleTypes(checkout);
  await ensureBuild(checkout);
  await ensureConsole(checkout);
}

if (isProgram(import.meta.url)) {
  try {
    await (process.argv[2] === 'install' ? ensurePackages(checkout) : ensure());
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
