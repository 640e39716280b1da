import type { Call, EndReason } from './call.js';

/**
 * Calls in progress, in the order in which they began. It is an array because there is usually one call, and
 * a Set that becomes empty would allocate a new table each time.
 */
export class CallList {
  readonly #calls: Call[] = [];

  get size(): number {
    return this.#calls.length;
  }

  has(call: Call): boolean {
    return this.#calls.includes(call);
  }

  add(call: Call): void {
    this.#calls.push(call);
  }

  delete(call: Call): void {
    if (this.#calls.at(-1) === call) {
      this.#calls.pop();
      return;
    }
    const at = this.#calls.indexOf(call);
    if (at >= 0) this.#calls.splice(at, 1);
  }

  /** Ends all calls. */
  end(reason: EndReason): void {
    for (const call of [...this.#calls]) call.end(reason);
  }
}
