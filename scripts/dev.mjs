#!/usr/bin/env node
/**
 * npm run dev: compiles and restarts the daemon at every change of a source.
 *
 *   npm run dev                    npm run dev -- ARGS
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from './ensure/checkout.mjs';
import { scriptOf } from './ensure/tool.mjs';
import { ensure } from './ensure.mjs';

await ensure();
const programs = [
  [scriptOf(checkout, 'typescript', 'tsc'), '-p', '.', '--watch', '--preserveWatchOutput'],
  [scriptOf(checkout, 'vite', 'vite'), 'build', join('src', 'console'), '--watch', '--logLevel', 'warn'],
  ['--watch', '--watch-preserve-output', join('dist', 'src', 'main.js'), ...process.argv.slice(2)],
].map((argv) => spawn(process.execPath, argv, { cwd: checkout, stdio: 'inherit' }));

const stop = () => {
  for (const program of programs) program.kill();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
for (const program of programs) program.on('exit', stop);
