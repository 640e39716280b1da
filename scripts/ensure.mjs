#!/usr/bin/env node
/**
 * Makes the checkout ready to run: the packages of the lock file and the built code. Cheap when both are.
 *
 *   node scripts/ensure.mjs [install]     install: packages only
 */
import { ensureBuild } from './ensure/build.mjs';
import { checkout } from './ensure/checkout.mjs';
import { isProgram } from './ensure/is-program.mjs';
import { ensurePackages } from './ensure/packages.mjs';

/**
 * @throws an Error of one line when a step fails; the step has printed why
 */
export async function ensure() {
  await ensurePackages(checkout);
  await ensureBuild(checkout);
}

if (isProgram(import.meta.url)) {
  try {
    await (process.argv[2] === 'install' ? ensurePackages(checkout) : ensure());
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
