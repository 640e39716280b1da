import type { WebSocket } from 'ws';
import { afterCallsOfTurn } from '../gates/request-order.js';
import type { Slices } from '../memory/slices.js';

/** What Inbox needs of its connection. */
export interface InboxParts {
  readonly owner: string;
  readonly slices: Slices;
  /** Whether so many answers wait that nothing may begin. */
  readonly isFull: () => boolean;
  /** Begins what a message asks for. Resolves once the next message may begin. */
  readonly begin: (data: Buffer) => Promise<void>;
  readonly onBug: (error: unknown) => void;
}

/**
 * The messages that have come from the client of a WebSocket and not begun. They begin in their order, in
 * slices, and while there is room for answers. Until all of them have begun, no more are read, so they are
 * those of one read of the connection.
 */
export class Inbox {
  readonly #ws: WebSocket;
  readonly #parts: InboxParts;
  readonly #messages: Buffer[] = [];
  #isBeginning = false;

  constructor(ws: WebSocket, parts: InboxParts) {
    this.#ws = ws;
    this.#parts = parts;
    ws.once('close', () => {
      this.#messages.length = 0;
    });
  }

  receive(data: Buffer): void {
    this.#messages.push(data);
    this.goOn();
  }

  /** Begins what has come, if there is room for answers; then more is read. */
  goOn(): void {
    if (this.#isBeginning || this.#parts.isFull()) return;
    if (this.#messages.length === 0) {
      this.#ws.resume();
      return;
    }
    this.#isBeginning = true;
    this.#beginAll()
      .catch(this.#parts.onBug)
      .finally(() => {
        this.#isBeginning = false;
        this.goOn();
      });
  }

  /** Resolves when a call may begin; meanwhile nothing more is read. */
  async nextSlice(): Promise<void> {
    const { slices, owner } = this.#parts;
    while (!slices.isOpen) {
      this.#ws.pause();
      await slices.next(owner);
    }
  }

  async #beginAll(): Promise<void> {
    while (!this.#parts.isFull()) {
      const data = this.#messages.shift();
      if (data === undefined) return;
      await this.nextSlice();
      if (this.#ws.readyState !== this.#ws.OPEN) return;
      await this.#parts.begin(data);
      // Also the next call of the same socket finds it as this one left it, unless this one waits.
      if (this.#messages.length > 0) await new Promise<void>(afterCallsOfTurn);
    }
  }
}
