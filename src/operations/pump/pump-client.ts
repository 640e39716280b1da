import type { Pump } from '../../daemon/calls/pump.js';
import type { Client, ClientConnection } from '../dispatch/reply.js';

/** The client of calls of a pump that are made one after the other. */
export class PumpClient implements Client {
  readonly pump: Pump;
  readonly connection: ClientConnection | undefined;
  /** Where its receives put their bytes; see FlowParts.reusesRoom. */
  room: Buffer | undefined;
  #gone = false;
  #run: (() => void) | undefined;

  /** @param connection keeps the lease of the session for as long as it is open */
  constructor(pump: Pump, connection?: ClientConnection) {
    this.pump = pump;
    this.connection = connection;
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
