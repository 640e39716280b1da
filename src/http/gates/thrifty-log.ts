import type { FastifyBaseLogger } from 'fastify';

/** The most lines of one kind and owner in a second. */
export const LINES_A_SECOND = 10;
const WINDOW_MS = 1000;

type Level = 'info' | 'warn' | 'error';

/** The lines of one kind and owner in the present second. */
interface Repeated {
  readonly level: Level;
  readonly owner: string;
  readonly message: string;
  lines: number;
}

/**
 * Writes lines that a client can cause: at most ten a second of each kind and owner, so that a client that
 * repeats a failing call does not fill the disk. One line with the number of the others follows.
 */
export class ThriftyLog {
  /** For lines that clients cannot cause at will. */
  readonly log: FastifyBaseLogger;
  readonly #repeated = new Map<string, Repeated>();
  #window: NodeJS.Timeout | undefined;

  constructor(log: FastifyBaseLogger) {
    this.log = log;
  }

  /**
   * Writes or counts one line.
   *
   * @param owner of the client that caused it; empty where it is not known
   * @param message the kind of the line: a constant text
   */
  write(level: Level, owner: string, line: object, message: string): void {
    this.#window ??= setTimeout(() => this.close(), WINDOW_MS).unref();
    const key = `${owner} ${message}`;
    let repeated = this.#repeated.get(key);
    if (repeated === undefined) {
      repeated = { level, owner, message, lines: 0 };
      this.#repeated.set(key, repeated);
    }
    repeated.lines++;
    if (repeated.lines <= LINES_A_SECOND) this.log[level](line, message);
  }

  /** Ends the present second and writes its summaries. */
  close(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    for (const { level, owner, message, lines } of this.#repeated.values()) {
      const leftOut = lines - LINES_A_SECOND;
      if (leftOut > 0) this.log[level]({ ...(owner !== '' && { owner }), leftOut }, `more of: ${message}`);
    }
    this.#repeated.clear();
  }
}
