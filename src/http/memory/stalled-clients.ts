import type { Socket } from 'node:net';

/** Who is short of bytes. */
interface Shortage {
  readonly isShort: boolean;
}

/** What the daemon waits for: that a client brings a body, or takes an answer. */
export type WaitFor = 'body' | 'answer';

/** A connection on which the daemon waits for its client. */
interface Watched {
  readonly shortage: Shortage;
  /** How many of each the client has not brought or taken whole. */
  readonly waits: Record<WaitFor, number>;
  /** Where it stood at the last look. */
  moved: number;
  /** Looks since when it stands there. */
  still: number;
}

const LOOK_MS = 1000;

/**
 * Cuts connections whose clients neither send the rest of a body nor take an answer for some seconds, while bytes
 * are short. Whoever is in nobody's way may take as long as he likes.
 */
export class StalledClients {
  readonly #seconds: number;
  readonly #every: (ms: number, run: () => void) => () => void;
  readonly #onCut: (connections: number) => void;
  readonly #watched = new Map<Socket, Watched>();
  #stopLooking: (() => void) | undefined;

  /**
   * @param seconds how long a client may stand still
   * @param every runs again and again until what it gives is called
   * @param onCut told how many connections were cut at once
   */
  constructor(
    seconds: number,
    every: (ms: number, run: () => void) => () => void,
    onCut: (connections: number) => void,
  ) {
    this.#seconds = seconds;
    this.#every = every;
    this.#onCut = onCut;
  }

  /** Looks at a connection from now on; each `watch` is followed by one `leave`. */
  watch(socket: Socket, awaited: WaitFor, shortage: Shortage): void {
    let watched = this.#watched.get(socket);
    if (!watched) {
      watched = { shortage, waits: { body: 0, answer: 0 }, moved: Number.NaN, still: 0 };
      this.#watched.set(socket, watched);
    }
    watched.waits[awaited]++;
    this.#stopLooking ??= this.#every(LOOK_MS, () => this.#look());
  }

  /** One body or answer of the connection is over. */
  leave(socket: Socket, awaited: WaitFor): void {
    const waits = this.#watched.get(socket)?.waits;
    if (!waits) return;
    waits[awaited]--;
    if (waits.body + waits.answer === 0) this.#watched.delete(socket);
  }

  /** Looks at nobody any more. */
  close(): void {
    this.#stopLooking?.();
    this.#watched.clear();
  }

  #look(): void {
    let cut = 0;
    for (const [socket, watched] of this.#watched) {
      // Who has an answer to take has to take it, whatever it sends meanwhile.
      const moved = watched.waits.answer > 0 ? takenFrom(socket) : socket.bytesRead;
      if (moved !== watched.moved) {
        watched.moved = moved;
        watched.still = 0;
        continue;
      }
      if (++watched.still < this.#seconds || !watched.shortage.isShort) continue;
      socket.destroy();
      cut++;
    }
    if (cut > 0) this.#onCut(cut);
    if (this.#watched.size > 0) return;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }
}

/**
 * Changes only when the system takes bytes of what is written. What waits in Node is left out, so that more answers
 * make no difference; Node counts a large write as gone when it begins, and how much of that waits only its handle
 * knows, which Node asks for the time-outs of sockets.
 */
const takenFrom = (socket: Socket): number => {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } };
  return socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
};
