import type { AnyOperation } from '../../operations/operation.js';
import type { CallerClient, OperationClient } from '../rest/named-calls.js';

/**
 * The client of the steps of a batch, of which one runs at a time. A batch that is cancelled counts as one
 * whose client has gone. It listens to the client once, however many steps wait.
 */
export class BatchClient implements CallerClient {
  readonly #client: CallerClient;
  readonly #steps = new Map<OperationClient, StepClient>();
  #isCancelled = false;
  /** The client of the step that runs, and what ends the wait of the step. */
  #running: { readonly client: StepClient; readonly end: () => void } | undefined;

  constructor(client: CallerClient) {
    this.#client = client;
  }

  get gone(): boolean {
    return this.#isCancelled || this.#client.gone;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Ends the wait of the step that runs, and those of all that follow. */
  cancel(): void {
    this.#isCancelled = true;
    this.#running?.end();
  }

  for(op: AnyOperation, isHeld: boolean): OperationClient {
    const client = this.#client.for(op, isHeld);
    const known = this.#steps.get(client);
    if (known) return known;
    const made = new StepClient(this, client);
    this.#steps.set(client, made);
    return made;
  }

  /** A step waits: `end` ends its wait. */
  began(client: StepClient, end: () => void): void {
    this.#running = { client, end };
  }

  /** Ends the wait of the step that runs, if it has this client. */
  left(client: StepClient): void {
    if (this.#running?.client === client) this.#running.end();
  }
}

/** The client of the steps of a batch that see the client of the batch alike. */
class StepClient implements OperationClient {
  readonly #batch: BatchClient;
  readonly #client: OperationClient;
  #isListening = false;

  constructor(batch: BatchClient, client: OperationClient) {
    this.#batch = batch;
    this.#client = client;
  }

  get gone(): boolean {
    return this.#batch.isCancelled || this.#client.gone;
  }

  get connection(): OperationClient['connection'] {
    return this.#client.connection;
  }

  get leftWhilePending(): boolean {
    return this.#client.leftWhilePending;
  }

  onGone(end: () => void): void {
    this.#batch.began(this, end);
    if (this.#isListening) return;
    this.#isListening = true;
    this.#client.onGone(() => this.#batch.left(this));
  }
}
