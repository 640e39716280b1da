import type { Problem } from '../problems/problem.js';
import type { ThriftyLog } from './thrifty-log.js';

const MAX_PATH = 200;

/** The refused request, as far as it could be parsed. */
export interface RefusedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Empty where the token gate has refused it. */
  readonly owner?: string | undefined;
}

/** Logs requests that were refused before they reached an operation. */
export class RefusalLog {
  readonly #lines: ThriftyLog;

  constructor(lines: ThriftyLog) {
    this.#lines = lines;
  }

  /** Logs one refusal with its path, but without query and header fields: these may have secrets. */
  note({ status, document: { type, instance } }: Problem, { method, url, owner }: RefusedRequest = {}): void {
    const requestId = instance.slice(instance.lastIndexOf(':') + 1);
    const path = url?.split(/[?#]/, 1)[0]?.slice(0, MAX_PATH);
    this.#lines.write('info', owner ?? '', { requestId, status, type, method, path }, 'request refused');
  }
}
