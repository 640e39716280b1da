import type { ServerResponse } from 'node:http';
import { type AnyOperation, goesBack } from '../../operations/operation.js';
import type { RequestOrder } from '../gates/request-order.js';
import { RestClient } from './delivery.js';
import type { CallerClient, OperationClient } from './named-calls.js';

/** The client of several calls of one request. It listens once, however many of them wait. */
class SharedClient implements OperationClient {
  readonly #client: OperationClient;
  readonly #waiting = new Set<() => void>();
  #isListening = false;

  constructor(client: OperationClient) {
    this.#client = client;
  }

  get gone(): boolean {
    return this.#client.gone;
  }

  get leftWhilePending(): boolean {
    return this.#client.leftWhilePending;
  }

  onGone(run: () => void): void {
    this.#waiting.add(run);
    if (this.#isListening) return;
    this.#isListening = true;
    this.#client.onGone(() => {
      for (const one of this.#waiting) one();
    });
  }
}

/** The client of a request. For some of its calls it is gone when it has ended its sending side. */
export class RequestClient implements CallerClient {
  readonly #untilClose: OperationClient;
  readonly #untilEnd: OperationClient;

  constructor(raw: ServerResponse, order: RequestOrder) {
    this.#untilClose = new SharedClient(new RestClient(raw, false, order));
    this.#untilEnd = new SharedClient(new RestClient(raw, true, order));
  }

  get gone(): boolean {
    return this.#untilClose.gone;
  }

  for(op: AnyOperation, isHeld: boolean): OperationClient {
    // A call that is held must not begin for a killed client.
    return isHeld || goesBack(op) ? this.#untilEnd : this.#untilClose;
  }
}
