import type { FastifyBaseLogger } from 'fastify';
import type { Problem } from '../problems/problem.js';

const LINES_A_SECOND = 10;
const WINDOW_MS = 1000;
const MAX_PATH = 200;

/** The request that was refused, as far as there was one. */
export interface RefusedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/**
 * Requests that were refused before they reached an operation: one line each, at most ten a second, so that
 * whoever can send requests cannot fill a disk. The rest of a second is one line with their number.
 */
export class RefusalLog {
  readonly #log: FastifyBaseLogger;
  #lines = 0;
  #leftOut = 0;
  #window: NodeJS.Timeout | undefined;

  constructor(log: FastifyBaseLogger) {
    this.#log = log;
  }

  /** Notes one refusal: the path without its query, which may carry anything, and no header. */
  note({ status, document: { type, instance } }: Problem, { method, url }: RefusedRequest = {}): void {
    this.#window ??= setTimeout(() => this.close(), WINDOW_MS).unref();
    if (this.#lines === LINES_A_SECOND) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    const requestId = instance.slice(instance.lastIndexOf(':') + 1);
    const path = url?.split(/[?#]/, 1)[0]?.slice(0, MAX_PATH);
    this.#log.info({ requestId, status, type, method, path }, 'request refused');
  }

  /** Ends the present second, with its summary. */
  close(): void {
    clearTimeout(this.#window);
    if (this.#leftOut > 0) this.#log.info({ leftOut: this.#leftOut }, 'more requests refused');
    this.#window = undefined;
    this.#lines = 0;
    this.#leftOut = 0;
  }
}
