import type { Outcome } from '../../winsock/outcome.js';

/** A subscription; `stop` ends it, and no wake follows. */
export interface Subscription {
  stop(): void;
}

/** Subscribes to something to wait for: `wake` is called whenever it may have occurred. */
export type Subscribe = (wake: () => void) => Subscription;

/** As Subscribe, if the system may refuse the watch. */
export type TrySubscribe = (wake: () => void) => Outcome<Subscription>;
