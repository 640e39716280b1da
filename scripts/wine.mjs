#!/usr/bin/env node
/**
 * winsockd on a Windows Node under Wine: calls of ws2_32.dll on Linux.
 *
 *   node scripts/wine.mjs prepare            find or make Wine and the Windows Node
 *   node scripts/wine.mjs start [args]       start the daemon with these arguments
 *   node scripts/wine.mjs test FILES...      test files of dist/ (options for node --test may come first)
 *   node scripts/wine.mjs exec [args]        node.exe with these arguments, in the current folder
 */
import { checkout } from './ensure/checkout.mjs';
import { isProgram } from './ensure/is-program.mjs';
import { prepare } from './wine/environment.mjs';
import { run } from './wine/run.mjs';
import { stage } from './wine/stage.mjs';

export { prepare, run, stage };

const commands = {
  async prepare() {
    const { root, node, prefix } = await prepare();
    process.stdout.write(`Wine: ${root ?? "the machine's own"}\nnode.exe: ${node}\nprefix: ${prefix}\n`);
    return 0;
  },
  start: async (args) => runStaged(['dist/src/main.js', ...args]),
  test: async (args) => {
    const reporter = args.some((arg) => arg.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec'];
    return runStaged(['--test', '--test-isolation=none', ...reporter, ...args]);
  },
  exec: async (args) => run(await prepare(), args, { cwd: process.cwd() }),
};

async function runStaged(args) {
  const [environment, app] = await Promise.all([prepare(), stage(checkout)]);
  return run(environment, args, { cwd: app });
}

async function main([name = '', ...args]) {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command(args);
  process.stderr.write('usage: node scripts/wine.mjs prepare | start [args] | test FILES... | exec [args]\n');
  return 2;
}

if (isProgram(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
