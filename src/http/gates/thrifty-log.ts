import type { FastifyBaseLogger } from 'fastify';

/** Of one kind and owner. */
export const LINES_A_SECOND = 10;
const WINDOW_MS = 1000;

type Level = 'info' | 'warn' | 'error';

/** Lines of one kind of one owner within the present second. */
interface Repeated {
  readonly level: Level;
  readonly owner: string;
  readonly message: string;
  lines: number;
}

/**
 * For lines that a client can cause at will: at most ten a second of each kind and owner, so that whoever repeats
 * what fails cannot fill a disk. The rest of a second is one line with their number.
 */
export class ThriftyLog {
  /** For lines that are no such. */
  readonly log: FastifyBaseLogger;
  readonly #repeated = new Map<string, Repeated>();
  #window: NodeJS.Timeout | undefined;

  constructor(log: FastifyBaseLogger) {
    this.log = log;
  }

  /**
   * Writes or counts one line.
   *
   * @param owner of whose doing it is; empty where that is not known
   * @param message its kind: the same text for all of them
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

  /** Ends the present second, with its summaries. */
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
