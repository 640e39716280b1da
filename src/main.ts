#!/usr/bin/env node
/** The command line. What starts no daemon loads little of it, so that it answers at once. */
import { unlinkSync } from 'node:fs';
import { parseArguments, USAGE, UsageError } from './process/arguments.js';
import { consoleUrlOf } from './process/console-url.js';
import { ownerOnlyFiles } from './process/owner-only-files.js';
import { createToken, existingTokens, resolveTokens } from './process/token-file.js';
import { readVersion } from './process/version.js';

const run = async (args: readonly string[]): Promise<void> => {
  const wanted = parseArguments(args);
  const version = readVersion();
  if (wanted.help) process.stdout.write(USAGE);
  else if (wanted.version) process.stdout.write(`${version}\n`);
  else if (wanted['make-token-file'] !== undefined) await makeTokenFile(wanted['make-token-file']);
  else if (wanted.command === 'url') await printUrl(wanted.config, wanted.owner);
  else await serve(wanted.config, version);
};

const makeTokenFile = async (file: string): Promise<void> => {
  if (createToken(file, await ownerOnlyFiles()) === undefined) throw new Error(`${file} exists already`);
  process.stdout.write(`A new token is in ${file}\n`);
};

const printUrl = async (file: string | undefined, owner: string | undefined): Promise<void> => {
  const { loadConfig } = await import('./config/load.js');
  const { config, token } = loadConfig({ file });
  const tokens = existingTokens(config, await ownerOnlyFiles(), token);
  process.stdout.write(`${consoleUrlOf(config, tokens, owner)}\n`);
};

const serve = async (file: string | undefined, version: string): Promise<void> => {
  const { loadConfig } = await import('./config/load.js');
  const { config, token } = loadConfig({ file });
  const tokens = resolveTokens(config, await ownerOnlyFiles(), token);
  try {
    const { serveWith } = await import('./serve.js');
    await serveWith(config, tokens, version);
  } catch (error) {
    // The new token was not shown yet, so the next start makes and shows another.
    if (tokens.created && tokens.file !== undefined) unlinkSync(tokens.file);
    throw error;
  }
};

run(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  process.stderr.write(`winsockd: ${message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
