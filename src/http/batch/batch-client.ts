import type { AnyOperation } from '../../operations/operation.js';
import type { CallerClient, OperationClient } from '../rest/named-calls.js';

/**
 * The client of the steps of a batch, of which one runs at a time. A batch that is cancelled counts as one
 * whose client has gone. It listens to the client once, however many steps wait.
 */
export class BatchClient implements CallerClient {
  readonly #client: CallerClient;
  readonly #subscribed = new Set<OperationClient>();
  #isCancelled = false;
  /** Ends the wait of the step that runs. */
  #running: { readonly client: OperationClient; readonly end: () => void } | undefined;

  constructor(client: CallerClient) {
    this.#client = client;
  }

  get gone(): boolean {
    return this.#isCancelled || this.#client.gone;
  }

  /** Ends the wait of the step that runs, and those of all that follow. */
  cancel(): void {
    this.#isCancelled = true;
    this.#running?.end();
  }

  for(op: AnyOperation): OperationClient {
    const client = this.#client.for(op);
    const isGone = () => this.#isCancelled || client.gone;
    return {
      get gone() {
        return isGone();
      },
      connection: client.connection,
      get leftWhilePending() {
        return client.leftWhilePending;
      },
      onGone: (end) => {
        this.#running = { client, end };
        if (this.#subscribed.has(client)) return;
        this.#subscribed.add(client);
        client.onGone(() => {
          if (this.#running?.client === client) this.#running.end();
        });
      },
    };
  }
}
