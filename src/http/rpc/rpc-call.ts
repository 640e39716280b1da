import type { ClientConnection } from '../../operations/dispatch/reply.js';
import type { CallerClient, OperationClient } from '../rest/named-calls.js';

/** A request that is under way on a WebSocket, and the client of its call. */
export class RpcCall implements CallerClient, OperationClient {
  /** The end of a WebSocket ends its calls at once. */
  readonly leftWhilePending = false;
  readonly connection: ClientConnection;
  #isEnded = false;
  /** Ends the waits of the call. */
  readonly #ends: (() => void)[] = [];

  constructor(connection: ClientConnection) {
    this.connection = connection;
  }

  /** Whether the call was cancelled, or its WebSocket has closed. */
  get gone(): boolean {
    return this.#isEnded;
  }

  for(): OperationClient {
    return this;
  }

  onGone(run: () => void): void {
    if (this.#isEnded) run();
    else this.#ends.push(run);
  }

  /** The call is cancelled, or its WebSocket has closed. */
  end(): void {
    this.#isEnded = true;
    for (const end of this.#ends.splice(0)) end();
  }
}
