import { countDown, LONGEST_MS } from './calls.js';
import { refusal, WinsockError } from './errors.js';
import type { Wait } from './operations.js';
import { whenAborted } from './signals.js';

/** Most calls that wait for their turn. */
const MOST_WAITING = 1024;

/**
 * Lets the calls of one direction of a socket go one after another. So what a call has taken that was given up is
 * there for the next one, and the pieces of two sends do not mix.
 */
export class Lane {
  #isTaken = false;
  /** Begin the calls that wait, in their order. */
  readonly #waiting = new Set<() => void>();

  /**
   * Runs a call when those before it have ended.
   *
   * @param job gets what is left of the wait
   */
  async run<T>({ signal, timeoutMs }: Wait, job: (left: Wait) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const left = countDown(timeoutMs);
    if (this.#isTaken) await this.#turn(signal, timeoutMs);
    this.#isTaken = true;
    try {
      return await job({ signal, ...left() });
    } finally {
      this.#passOn();
    }
  }

  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#isTaken = false;
    else next();
  }

  #turn(signal: AbortSignal | undefined, timeoutMs: number | undefined): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING) {
      return Promise.reject(
        refusal('quota', 429, `${MOST_WAITING} calls wait for their turn at this socket`),
      );
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(begin);
        clearTimeout(limit);
        forget();
      };
      const begin = () => {
        leave();
        resolve();
      };
      const abort = () => {
        leave();
        reject(signal?.reason);
      };
      const late = () => {
        leave();
        reject(timedOut());
      };
      const limit = timeoutMs === undefined ? undefined : setTimeout(late, Math.min(timeoutMs, LONGEST_MS));
      const forget = whenAborted(signal, abort);
      this.#waiting.add(begin);
    });
  }
}

/** What the daemon says of a call whose time has passed. */
const timedOut = (): WinsockError => {
  const detail = 'an earlier call of this socket took longer than this one may wait';
  const { problem } = refusal('WSAETIMEDOUT', 504, detail);
  return new WinsockError({ ...problem, code: 10060, name: 'WSAETIMEDOUT' }, 10060);
};
