import type { Outcome } from '../../winsock/outcome.js';
import type { Answer } from '../answers/answer.js';
import { refuse } from '../answers/refusals.js';
import { Deferred } from '../waiting/deferred.js';
import { type Call, endedAnswer } from './call.js';

/** How many of the 4 threads of libuv's pool lookups may block; the file system and others need the rest. */
export const MOST_AT_ONCE = 2;
/** Lookups of one owner, running or queued. */
export const MOST_PER_OWNER = 16;

interface Lookup {
  start(): Promise<unknown>;
}

/**
 * Name lookups block threads, and a running one cannot be cancelled. So few run at once, and owners take
 * turns. When a call ends early, its lookup is removed from the queue; if it is running, its result is
 * discarded.
 */
export class Lookups {
  readonly #waiting = new Map<string, Lookup[]>();
  readonly #counts = new Map<string, number>();
  #running = 0;

  /** Running lookups. */
  get running(): number {
    return this.#running;
  }

  /**
   * Runs a lookup when it is its turn, and waits within the limits of the call.
   *
   * @param name the Winsock function, for the answer of a wait that ended early
   */
  async run<T>(call: Call, name: string, begin: () => Promise<Outcome<T>>): Promise<Answer<T>> {
    const { owner } = call;
    if ((this.#counts.get(owner) ?? 0) >= MOST_PER_OWNER) {
      return refuse('quota', `The owner has ${MOST_PER_OWNER} lookups in progress; wait for some.`);
    }
    const refused = call.reserveWait();
    if (refused) return refused;
    const result = new Deferred<Outcome<T> | Error>();
    const lookup: Lookup = {
      start: async () => {
        try {
          result.settle(await begin());
        } catch (bug) {
          result.settle(bug instanceof Error ? bug : new Error(String(bug)));
        }
      },
    };
    this.#enter(owner, lookup);
    const wake = result.isSettled ? 'ready' : await call.wait((wakes) => result.subscribe(wakes));
    if (wake !== 'ready') {
      this.#forget(owner, lookup);
      return endedAnswer(wake, name);
    }
    const outcome = result.result;
    if (outcome === undefined) throw new Error('a lookup woke its waiter without a result');
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  #enter(owner: string, lookup: Lookup): void {
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
    const queue = this.#waiting.get(owner) ?? [];
    queue.push(lookup);
    this.#waiting.set(owner, queue);
    this.#next();
  }

  /** Starts the next one of the owner whose turn it is, while a thread is free. */
  #next(): void {
    for (const [owner, queue] of this.#waiting) {
      if (this.#running >= MOST_AT_ONCE) return;
      const lookup = queue.shift();
      // A Map keeps the order of insertion: the owner goes to the end of the queue.
      this.#waiting.delete(owner);
      if (!lookup) continue;
      if (queue.length > 0) this.#waiting.set(owner, queue);
      this.#running++;
      void lookup.start().then(() => {
        this.#running--;
        this.#left(owner);
        this.#next();
      });
    }
  }

  /** Removes a lookup from the queue, if it is not running. */
  #forget(owner: string, lookup: Lookup): void {
    const queue = this.#waiting.get(owner);
    const at = queue?.indexOf(lookup) ?? -1;
    if (at < 0) return;
    queue?.splice(at, 1);
    if (queue?.length === 0) this.#waiting.delete(owner);
    this.#left(owner);
  }

  #left(owner: string): void {
    const left = (this.#counts.get(owner) ?? 1) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
  }
}
