#!/usr/bin/env node
/** npm run lint: all checks that do not run the daemon. */
import { checkout } from './ensure/checkout.mjs';
import { ensurePackages } from './ensure/packages.mjs';
import { lintChecks, passes } from './lint/checks.mjs';

await ensurePackages(checkout);
for (const check of lintChecks(checkout)) {
  process.stdout.write(`-- ${check.name}\n`);
  if (!(await passes(checkout, check))) process.exitCode = 1;
}
