import { once } from 'node:events';
import pino, { type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Config } from '../config/schema.js';

/** Never logged, wherever they stand. */
const REDACTED = ['authorization', 'token', 'tokens'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** What a terminal or a viewer obeys instead of showing: C1 controls, separators of lines, marks of direction. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Writes them in a line of JSON as escapes; JSON itself asks that of C0 controls alone. @param before what marks an escape */
const escaped =
  (before: string) =>
  (line: string): string =>
    line.replace(INVISIBLE, (c) => `${before}u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** JSON lines, or text for people; of these the line is parsed again, so that there the escape is text. */
const shapeOf = (isReadable: boolean, isTerminal: boolean): ((line: string) => string) => {
  if (!isReadable) return escaped('\\');
  const withoutInvisible = escaped('\\\\');
  const format = prettyFactory({ colorize: isTerminal, ignore: 'pid,hostname' });
  return (line) => format(withoutInvisible(line));
};

/** How long an exit that could not wait for `end` tries to write what is left; milliseconds. */
const AT_EXIT_MS = 1000;

export interface Log {
  readonly logger: Logger;
  /** Whether nothing waits to be written. */
  readonly isWritten: boolean;
  /** Resolves when everything is written, or after that time. */
  flush(limitMs: number): Promise<void>;
  /** Before the exit: as flush, but what is not written then is given up, so that nothing waits for it. */
  end(limitMs: number): Promise<void>;
}

/**
 * The log on standard output. It never stops the daemon: what standard output does not take at once waits in memory,
 * as many bytes as `bufferBytes` says; lines beyond are dropped, and counted in one line once all the others are out.
 */
export const createLog = (config: Config['log'], isTerminal = process.stdout.isTTY === true): Log => {
  const { level, bufferBytes } = config;
  const isReadable = config.pretty === 'on' || (config.pretty === 'auto' && isTerminal);
  let giveUpAt = Number.POSITIVE_INFINITY;
  process.once('exit', () => {
    giveUpAt = performance.now() + AT_EXIT_MS;
    // The library would try for ever to write what a full disk does not take.
    if (isFailing) output.destroy();
  });
  const output = pino.destination({
    dest: 1,
    // A full pipe would hold the process in the write.
    sync: false,
    maxLength: bufferBytes,
    retryEAGAIN: () => performance.now() < giveUpAt,
  });
  let isWritten = true;
  let isFailing = false;
  output.on('write', () => {
    isFailing = false;
  });
  const shape = shapeOf(isReadable, isTerminal);
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
  // A full disk costs log lines, not the service; a pipe that is closed takes none any more.
  output.on('error', (error: NodeJS.ErrnoException) => {
    isFailing = true;
    if (error.code !== 'EPIPE') return;
    logger.level = 'silent';
    isWritten = true;
  });

  const flush = async (limitMs: number): Promise<void> => {
    const signal = AbortSignal.timeout(limitMs);
    // More than once where lines come meanwhile: that about dropped ones, above all.
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
