import type { Pump } from '../../daemon/calls/pump.js';
import type { Client } from '../dispatch/reply.js';

/** The client of calls of a pump that are made one after the other. */
export class PumpClient implements Client {
  readonly pump: Pump;
  #gone = false;
  #run: (() => void) | undefined;

  constructor(pump: Pump) {
    this.pump = pump;
  }

  get gone(): boolean {
    return this.#gone;
  }

  onGone(run: () => void): void {
    this.#run = run;
  }

  /** Ends the call under way, and every later one that waits. */
  leave(): void {
    this.#gone = true;
    this.#run?.();
  }
}
