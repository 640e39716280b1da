#!/usr/bin/env node
/** The command line. What starts no daemon loads little of it, so that it answers at once. */
import { parseArguments, USAGE, UsageError } from './process/arguments.js';
import { consoleUrlOf } from './process/console-url.js';
import { ownerOnlyFiles } from './process/owner-only-files.js';
import { createToken, existingTokens, removeUnshown, resolveTokens } from './process/token-file.js';
import { readVersion } from './process/version.js';

const run = async (args: readonly string[]): Promise<void> => {
  const wanted = parseArguments(args);
  const version = readVersion();
  if (wanted.help) print(USAGE);
  else if (wanted.version) print(`${version}\n`);
  else if (wanted['make-token-file'] !== undefined) await makeTokenFile(wanted['make-token-file']);
  else if (wanted.command === 'url') await printUrl(wanted.config, wanted.owner);
  else await serve(wanted.config, version);
};

/** A reader such as head, which has read enough, is no failure to report. */
const print = (text: string): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(1);
    fail(new Error(`standard output: ${error.message}`));
  });
  process.stdout.write(text);
};

const makeTokenFile = async (file: string): Promise<void> => {
  if (createToken(file, await ownerOnlyFiles()) === undefined) throw new Error(`${file} exists already`);
  print(`A new token is in ${file}\n`);
};

const printUrl = async (file: string | undefined, owner: string | undefined): Promise<void> => {
  const { loadConfig } = await import('./config/load.js');
  const { config, token } = loadConfig({ file });
  const tokens = existingTokens(config, await ownerOnlyFiles(), token);
  print(`${consoleUrlOf(config, tokens, owner)}\n`);
};

const serve = async (file: string | undefined, version: string): Promise<void> => {
  const { loadConfig } = await import('./config/load.js');
  const { config, token } = loadConfig({ file });
  const tokens = resolveTokens(config, await ownerOnlyFiles(), token);
  try {
    const { serveWith } = await import('./serve.js');
    await serveWith(config, tokens, version);
  } catch (error) {
    removeUnshown(tokens);
    throw error;
  }
};

const fail = (error: unknown): void => {
  const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  process.stderr.write(`winsockd: ${message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
};

run(process.argv.slice(2)).catch(fail);
