import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/schema.js';

/** Never logged, wherever they stand. */
const REDACTED = ['authorization', 'token', 'tokens'].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * The log on standard output: JSON lines, or text for people on a terminal. Written at once, without a
 * buffer, so that the last lines of a process are not lost, whatever standard output is.
 */
export const createLog = (config: Config['log'], isTerminal = process.stdout.isTTY === true): Logger => {
  const readable = config.pretty === 'on' || (config.pretty === 'auto' && isTerminal);
  const stream = readable
    ? pretty({ sync: true, destination: 1, colorize: isTerminal, ignore: 'pid,hostname' })
    : pino.destination({ dest: 1, sync: true });
  // A full disk or a closed pipe costs log lines, not the service.
  stream.on('error', () => undefined);
  return pino({ level: config.level, redact: REDACTED }, stream);
};
