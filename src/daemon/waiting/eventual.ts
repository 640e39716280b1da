import type { Subscription } from './subscription.js';

/** A result that is not there yet: any number of calls may wait for it, each with its own limits. */
export class Eventual<T> {
  #result: { readonly value: T } | undefined;
  /** Made for the first that waits: most results are there before anybody does. */
  #waiting: Set<() => void> | undefined;

  /** The result, once there. */
  get result(): T | undefined {
    return this.#result?.value;
  }

  get isSettled(): boolean {
    return this.#result !== undefined;
  }

  /** Wakes every waiter; the first result counts. */
  settle(value: T): void {
    if (this.#result !== undefined) return;
    this.#result = { value };
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const wake of waiting) wake();
  }

  /** For Call.wait. Only while it is not settled. */
  subscribe(wake: () => void): Subscription {
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    waiting.add(wake);
    return { stop: () => waiting.delete(wake) };
  }

  /** For those without limits. */
  whenSettled(): Promise<T> {
    if (this.#result !== undefined) return Promise.resolve(this.#result.value);
    return new Promise((resolve) => {
      this.subscribe(() => {
        if (this.#result !== undefined) resolve(this.#result.value);
      });
    });
  }
}
