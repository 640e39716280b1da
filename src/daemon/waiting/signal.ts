import type { Subscription } from './subscription.js';

/** Something that happens again and again; whoever listens is told each time, inside the call that fires. */
export class Signal {
  /** Made for the first that listens: at most signals nobody does. */
  #listeners: Set<Listener> | undefined;

  /** For Call.wait, and for those that listen on. */
  subscribe(run: () => void): Subscription {
    this.#listeners ??= new Set();
    return new Listener(run, this.#listeners);
  }

  fire(): void {
    const listeners = this.#listeners;
    if (!listeners || listeners.size === 0) return;
    for (const listener of [...listeners]) if (listeners.has(listener)) listener.run();
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
