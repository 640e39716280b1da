import type { Client } from '../../operations/dispatch/reply.js';

/** The client of several calls of one request. It listens once, however many of them wait. */
export class SharedClient implements Client {
  readonly #client: Client;
  readonly #waiting = new Set<() => void>();
  #isListening = false;

  constructor(client: Client) {
    this.#client = client;
  }

  get gone(): boolean {
    return this.#client.gone;
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
