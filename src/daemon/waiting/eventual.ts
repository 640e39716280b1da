import type { Subscribe } from './subscription.js';

/** A result that is not there yet: any number of calls may wait for it, each with its own limits. */
export class Eventual<T> {
  #result: { readonly value: T } | undefined;
  readonly #waiting = new Set<() => void>();

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
    for (const wake of [...this.#waiting]) wake();
    this.#waiting.clear();
  }

  /** For Call.wait. Only while it is not settled. */
  readonly subscribe: Subscribe = (wake) => {
    this.#waiting.add(wake);
    return { stop: () => this.#waiting.delete(wake) };
  };

  /** For those without limits. */
  whenSettled(): Promise<T> {
    if (this.#result !== undefined) return Promise.resolve(this.#result.value);
    return new Promise((resolve) => {
      this.#waiting.add(() => {
        if (this.#result !== undefined) resolve(this.#result.value);
      });
    });
  }
}
