import type { Logger } from 'pino';
import { type App, createApp } from './app.js';
import { appConfigOf } from './config/app-config.js';
import { type Config, isInsecureRemote } from './config/load.js';
import { refuseUnusableTls } from './config/tls-files.js';
import { consoleUrl } from './process/console-url.js';
import { endAtOnceWhile } from './process/end-at-once.js';
import { greetingOf, waysInOf } from './process/greeting.js';
import { listenFailure } from './process/listen-failure.js';
import { createLog } from './process/log.js';
import { onConsoleControl, onSignals, stopper } from './process/shutdown.js';
import type { Tokens } from './process/token-file.js';

/** How long the exit waits for the last lines of the log. */
const LOG_END_MS = 1000;

const INSECURE_REMINDER_MS = 10 * 60 * 1000;

/**
 * Runs the daemon: log, app, ways to stop, listener, greeting. The process ends when the daemon has drained.
 *
 * @param tokens the tokens that requests may carry, and whether this start made one
 * @param version that of the daemon, for its answers and its log
 * @throws Error with a message of one line when it cannot listen
 */
export const serveWith = async (config: Config, tokens: Tokens, version: string): Promise<void> => {
  const appConfig = appConfigOf(config, tokens.tokens, version);
  if (config.tls !== undefined && appConfig.tls !== undefined) refuseUnusableTls(config.tls, appConfig.tls);
  const out = createLog(config.log);
  const log = out.logger;
  const app = await createApp(appConfig, log);
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
  // In the same turn as the line above, so that no daemon that listens goes without the warning.
  if (isInsecureRemote(config)) warnRepeatedly(config, log);
  const isTerminal = process.stdout.isTTY === true;
  const page = consoleUrl(config, url);
  const waysIn = waysInOf(tokens, page, isTerminal);
  if (waysIn !== undefined) log.info(waysIn);
  // What follows has a token, so it is not part of the log.
  await out.flush(LOG_END_MS);
  if (!isTerminal) return;
  // A terminal that has gone away does not stop the daemon.
  process.stdout.on('error', () => undefined);
  process.stdout.write(greetingOf(tokens, page, url));
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
