import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
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
  // For people the line is parsed again: there the escape is text.
  const hooks = { streamWrite: escaped(readable ? '\\\\' : '\\') };
  return pino({ level: config.level, redact: REDACTED, hooks }, stream);
};
