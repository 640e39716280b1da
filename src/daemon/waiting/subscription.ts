import type { Outcome } from '../../winsock/outcome.js';

/** What was subscribed to; `stop` ends it, and no wake comes after that. */
export interface Subscription {
  stop(): void;
}

/** Something to wait for: calls `wake` whenever it may have come. */
export type Subscribe = (wake: () => void) => Subscription;

/** As Subscribe, for what the system may refuse to watch. */
export type TrySubscribe = (wake: () => void) => Outcome<Subscription>;
