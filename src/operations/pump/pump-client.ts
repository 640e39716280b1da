import type { Pump } from '../../daemon/calls/pump.js';
import type { PieceRoom } from '../../daemon/memory/piece-rooms.js';
import type { Client, ClientConnection } from '../dispatch/reply.js';

/** The client of calls of a pump that are made one after the other. */
export class PumpClient implements Client {
  readonly pump: Pump;
  readonly connection: ClientConnection | undefined;
  readonly room: PieceRoom | undefined;
  #gone = false;
  #run: (() => void) | undefined;

  /**
   * @param connection keeps the lease of the session for as long as it is open
   * @param room where its receives put their bytes
   */
  constructor(pump: Pump, connection?: ClientConnection, room?: PieceRoom) {
    this.pump = pump;
    this.connection = connection;
    this.room = room;
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
