#!/usr/bin/env node
import { unlinkSync } from 'node:fs';
import type { Logger } from 'pino';
import { type App, createApp } from './app.js';
import { appConfigOf } from './config/app-config.js';
import { type Config, isInsecureRemote, loadConfig } from './config/load.js';
import { parseArguments, USAGE, UsageError } from './process/arguments.js';
import { endAtOnceWhile } from './process/end-at-once.js';
import { listenFailure } from './process/listen-failure.js';
import { createLog } from './process/log.js';
import { ownerOnlyFiles } from './process/owner-only-files.js';
import { onConsoleControl, onSignals, stopper } from './process/shutdown.js';
import { createToken, resolveTokens, type Tokens } from './process/token-file.js';
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
  else await serve(wanted.config, version);
};

const makeTokenFile = async (file: string): Promise<void> => {
  if (createToken(file, await ownerOnlyFiles()) === undefined) throw new Error(`${file} exists already`);
  process.stdout.write(`A new token is in ${file}\n`);
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
  // The only line with the address; Fastify's lines for each address are not logged.
  log.info(`winsockd ${version} listening on ${url} with docs at ${url}/docs`);
  // The token below is not part of the log.
  await out.flush(LOG_END_MS);
  showToken(tokens, url, log);
  if (isInsecureRemote(config)) warnRepeatedly(config, log);
};

const listen = async (app: App, config: Config): Promise<string> => {
  try {
    return await app.listen();
  } catch (error) {
    throw listenFailure(error, config);
  }
};

/** Shows a new token once, to a person at a terminal. A log or a pipe gets only the path of its file. */
const showToken = ({ file, created, tokens: [first] }: Tokens, url: string, log: Logger): void => {
  if (file === undefined) return;
  if (!created || first === undefined || !process.stdout.isTTY) {
    log.info(`the token is in ${file}`);
    return;
  }
  const command = `curl --noproxy "*" -X POST ${url}/v1/startup -H "Authorization: Bearer ${first.token}"`;
  process.stdout.write(
    `The token of this daemon, kept in ${file}:\n\n  ${first.token}\n\nTry it:\n\n  ${command}\n\n`,
  );
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
