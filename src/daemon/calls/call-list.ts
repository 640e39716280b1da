import type { Call, EndReason } from './call.js';

/**
 * Calls under way, in the order in which they began. An array: mostly there is one, and a Set would make a new table each
 * time that it goes.
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

  /** Ends them all. */
  end(reason: EndReason): void {
    for (const call of [...this.#calls]) call.end(reason);
  }
}
