import type { Subscribe, Subscription } from './subscription.js';

/** Something that happens again and again; whoever listens is told each time, inside the call that fires. */
export class Signal {
  readonly #listeners = new Set<Listener>();

  /** For Call.wait, and for those that listen on. */
  readonly subscribe: Subscribe = (run) => new Listener(run, this.#listeners);

  fire(): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener.run();
  }
}

/** Each has an entry of its own, even where the same function listens twice. */
class Listener implements Subscription {
  readonly run: () => void;
  readonly #all: Set<Listener>;

  constructor(run: () => void, all: Set<Listener>) {
    this.run = run;
    this.#all = all;
    all.add(this);
  }

  stop(): void {
    this.#all.delete(this);
  }
}
