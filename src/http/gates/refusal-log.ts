import type { Problem } from '../problems/problem.js';
import type { ThriftyLog } from './thrifty-log.js';

const MAX_PATH = 200;

/** The request that was refused, as far as there was one. */
export interface RefusedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Empty where the token gate did not let it pass. */
  readonly owner?: string | undefined;
}

/** Requests that were refused before they reached an operation. */
export class RefusalLog {
  readonly #lines: ThriftyLog;

  constructor(lines: ThriftyLog) {
    this.#lines = lines;
  }

  /** Notes one refusal: the path without its query, which may carry anything, and no header. */
  note({ status, document: { type, instance } }: Problem, { method, url, owner }: RefusedRequest = {}): void {
    const requestId = instance.slice(instance.lastIndexOf(':') + 1);
    const path = url?.split(/[?#]/, 1)[0]?.slice(0, MAX_PATH);
    this.#lines.write('info', owner ?? '', { requestId, status, type, method, path }, 'request refused');
  }
}
