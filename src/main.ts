#!/usr/bin/env node
import { unlinkSync } from 'node:fs';
import type { Logger } from 'pino';
import { type App, createApp } from './app.js';
import { appConfigOf } from './config/app-config.js';
import { type Config, isInsecureRemote, loadConfig } from './config/load.js';
import { parseArguments, USAGE, UsageError } from './process/arguments.js';
import { consoleUrl, consoleUrlOf } from './process/console-url.js';
import { endAtOnceWhile } from './process/end-at-once.js';
import { greetingOf, waysInOf } from './process/greeting.js';
import { listenFailure } from './process/listen-failure.js';
import { createLog } from './process/log.js';
import { ownerOnlyFiles } from './process/owner-only-files.js';
import { onConsoleControl, onSignals, stopper } from './process/shutdown.js';
import { createToken, existingTokens, resolveTokens, type Tokens } from './process/token-file.js';
import { readVersion } from './process/version.js';

/** How long the exit waits for the last lines of the log. */
const LOG_END_MS = 1000;

const INSECURE_REMINDER_MS = 10 * 60 * 1000;

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
  const { config, token } = loadConfig({ file });
  const tokens = existingTokens(config, await ownerOnlyFiles(), token);
  process.stdout.write(`${consoleUrlOf(config, tokens, owner)}\n`);
};

const serve = async (file: string | undefined, version: string): Promise<void> => {
  const { config, token } = loadConfig({ file });
  const tokens = resolveTokens(config, await ownerOnlyFiles(), token);
  try {
    await serveWith(config, tokens, version);
  } catch (error) {
    // The new token was not shown yet, so the next start makes and shows another.
    if (tokens.created && tokens.file !== undefined) unlinkSync(tokens.file);
    throw error;
  }
};

const serveWith = async (config: Config, tokens: Tokens, version: string): Promise<void> => {
  const out = createLog(config.log);
  const log = out.logger;
  const app = await createApp(appConfigOf(config, tokens.tokens, version), log);
  // Always on Windows, so that the thread of the console handler is not torn down: one page fault at the end
  // of the process was seen under Wine.
  await endAtOnceWhile(
    () => process.platform === 'win32' || app.daemon.lookups.running > 0 || !out.isWritten,
  );
  const exit = (code: number): void => void out.end(LOG_END_MS).then(() => process.exit(code));
  const stop = stopper(
    {
      drain: (graceMs) => app.drain(graceMs),
      exit,
      now: () => performance.now(),
      graceMs: config.drainSeconds * 1000,
    },
    log,
  );
  onSignals(stop);
  await onConsoleControl(stop, log);
  // POST /v1/drain also ends the process.
  app.ended.then(() => exit(0));
  const url = await listen(app, config);
  // Fastify's lines for each address are not logged.
  log.info(`winsockd ${version} listening on ${url} with docs at ${url}/docs`);
  const isTerminal = process.stdout.isTTY === true;
  const page = consoleUrl(config, url);
  const waysIn = waysInOf(tokens, page, isTerminal);
  if (waysIn !== undefined) log.info(waysIn);
  // What follows has a token, so it is not part of the log.
  await out.flush(LOG_END_MS);
  if (isTerminal) process.stdout.write(greetingOf(tokens, page, url));
  if (isInsecureRemote(config)) warnRepeatedly(config, log);
};

const listen = async (app: App, config: Config): Promise<string> => {
  try {
    return await app.listen();
  } catch (error) {
    throw listenFailure(error, config);
  }
};

const warnRepeatedly = (config: Config, log: Logger): void => {
  const warn = (): void =>
    log.warn(`insecureRemote: listening on ${config.host} without TLS; tokens and data travel in the clear`);
  warn();
  setInterval(warn, INSECURE_REMINDER_MS).unref();
};

run(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  process.stderr.write(`winsockd: ${message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
