import { once } from 'node:events';
import pino, { type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Config } from '../config/schema.js';

/** Members that are never logged, at any depth listed here. */
const REDACTED = ['authorization', 'token', 'tokens'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * Characters that a terminal or viewer interprets instead of showing: C1 controls, line separators,
 * direction marks.
 */
const INVISIBLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Escapes them in a line of JSON; JSON itself requires that only for C0 controls.
 *
 * @param before the prefix of an escape
 */
const escaped =
  (before: string) =>
  (line: string): string =>
    line.replace(INVISIBLE, (c) => `${before}u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * The format of a line: JSON, or text for people. Text is parsed from JSON again, so its escapes are escaped
 * twice.
 */
const formatOf = (isReadable: boolean, isTerminal: boolean): ((line: string) => string) => {
  if (!isReadable) return escaped('\\');
  const withoutInvisible = escaped('\\\\');
  const format = prettyFactory({ colorize: isTerminal, ignore: 'pid,hostname' });
  return (line) => format(withoutInvisible(line));
};

/** How long an exit without `end` tries to write the remaining lines; milliseconds. */
const AT_EXIT_MS = 1000;

export interface Log {
  readonly logger: Logger;
  /** Whether all lines are written. */
  readonly isWritten: boolean;
  /** Resolves when all lines are written, or after the time limit. */
  flush(limitMs: number): Promise<void>;
  /** Called before the exit: as flush, but discards lines that are not written in time. */
  end(limitMs: number): Promise<void>;
}

/**
 * Makes the log on standard output. It never blocks the daemon: lines that standard output does not accept
 * at once wait in memory, up to `bufferBytes`. Further lines are discarded, and one line reports their number
 * after the waiting ones are written.
 */
export const createLog = (config: Config['log'], isTerminal = process.stdout.isTTY === true): Log => {
  const { level, bufferBytes } = config;
  const isReadable = config.pretty === 'on' || (config.pretty === 'auto' && isTerminal);
  let giveUpAt = Number.POSITIVE_INFINITY;
  process.once('exit', () => {
    giveUpAt = performance.now() + AT_EXIT_MS;
    // The library would retry for ever on a full disk.
    if (isFailing) output.destroy();
  });
  const output = pino.destination({
    dest: 1,
    // A synchronous write to a full pipe would block the process.
    sync: false,
    maxLength: bufferBytes,
    retryEAGAIN: () => performance.now() < giveUpAt,
  });
  let isWritten = true;
  let isFailing = false;
  output.on('write', () => {
    isFailing = false;
  });
  const shape = formatOf(isReadable, isTerminal);
  const streamWrite = (line: string): string => {
    isWritten = false;
    return shape(line);
  };
  const logger = pino({ level, redact: REDACTED, hooks: { streamWrite } }, output);
  let dropped = 0;
  output.on('drop', () => {
    dropped++;
  });
  output.on('drain', () => {
    isWritten = true;
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    logger.warn({ lines }, 'lines of the log were dropped: nobody took them');
  });
  // A full disk or a closed pipe loses log lines, but does not stop the daemon.
  output.on('error', (error: NodeJS.ErrnoException) => {
    isFailing = true;
    if (error.code !== 'EPIPE') return;
    logger.level = 'silent';
    isWritten = true;
  });

  const flush = async (limitMs: number): Promise<void> => {
    const signal = AbortSignal.timeout(limitMs);
    // Repeated for lines that are logged meanwhile, above all the one about discarded lines.
    while (!isWritten && !signal.aborted) await once(output, 'drain', { signal }).catch(() => undefined);
  };
  const end = async (limitMs: number): Promise<void> => {
    await flush(limitMs);
    if (isWritten && !isFailing) return;
    logger.level = 'silent';
    output.destroy();
  };
  return {
    logger,
    get isWritten() {
      return isWritten;
    },
    flush,
    end,
  };
};
