import type { Subscription } from './subscription.js';

/** A result that comes later. Any number of calls may wait for it, each with its own limits. */
export class Deferred<T> {
  #result: { readonly value: T } | undefined;
  /** Created on demand: most results come before any call waits. */
  #waiting: Set<() => void> | undefined;

  /** The result; undefined before it has come. */
  get result(): T | undefined {
    return this.#result?.value;
  }

  get isSettled(): boolean {
    return this.#result !== undefined;
  }

  /** Sets the result and wakes every waiter; the first result counts. */
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

  /** For waits without limits. */
  whenSettled(): Promise<T> {
    if (this.#result !== undefined) return Promise.resolve(this.#result.value);
    return new Promise((resolve) => {
      this.subscribe(() => {
        if (this.#result !== undefined) resolve(this.#result.value);
      });
    });
  }
}
