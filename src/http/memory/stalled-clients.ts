import type { Socket } from 'node:net';

/** An account that can be short of bytes. */
interface Shortage {
  readonly isShort: boolean;
}

/** What the daemon waits for: that a client sends a body, or reads an answer. */
export type WaitFor = 'body' | 'answer';

/** A connection on which the daemon waits for its client. */
interface Watched {
  readonly shortage: Shortage;
  /** How many bodies are not wholly sent, and how many answers not wholly read. */
  readonly waits: Record<WaitFor, number>;
  /** The number of bytes transferred at the last check. */
  transferred: number;
  /** How many checks in a row have found that number unchanged. */
  idleChecks: number;
}

const CHECK_MS = 1000;

/**
 * Closes connections whose clients neither send the rest of a body nor read an answer for some seconds, while
 * bytes are short. While bytes are not short, a client may be as slow as it likes.
 */
export class StalledClients {
  readonly #seconds: number;
  readonly #every: (ms: number, run: () => void) => () => void;
  readonly #onCut: (connections: number) => void;
  readonly #watched = new Map<Socket, Watched>();
  #stopChecking: (() => void) | undefined;

  /**
   * @param seconds how long a client may transfer no byte
   * @param every runs a function at an interval; the function that it returns ends that
   * @param onCut called with the number of connections that one check has closed
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

  /** Watches a connection from now on; each `watch` is followed by one `unwatch`. */
  watch(socket: Socket, awaited: WaitFor, shortage: Shortage): void {
    let watched = this.#watched.get(socket);
    if (!watched) {
      watched = { shortage, waits: { body: 0, answer: 0 }, transferred: Number.NaN, idleChecks: 0 };
      this.#watched.set(socket, watched);
    }
    watched.waits[awaited]++;
    this.#stopChecking ??= this.#every(CHECK_MS, () => this.#check());
  }

  /** One body or answer of the connection has ended. */
  unwatch(socket: Socket, awaited: WaitFor): void {
    const waits = this.#watched.get(socket)?.waits;
    if (!waits) return;
    waits[awaited]--;
    if (waits.body + waits.answer === 0) this.#watched.delete(socket);
  }

  /** Watches no connection any more. */
  close(): void {
    this.#stopChecking?.();
    this.#watched.clear();
  }

  #check(): void {
    let cut = 0;
    for (const [socket, watched] of this.#watched) {
      // While an answer is unread, only reading counts, whatever the client sends.
      const transferred = watched.waits.answer > 0 ? bytesTakenBySystem(socket) : socket.bytesRead;
      if (transferred !== watched.transferred) {
        watched.transferred = transferred;
        watched.idleChecks = 0;
        continue;
      }
      if (++watched.idleChecks < this.#seconds || !watched.shortage.isShort) continue;
      socket.destroy();
      cut++;
    }
    if (cut > 0) this.#onCut(cut);
    if (this.#watched.size > 0) return;
    this.#stopChecking?.();
    this.#stopChecking = undefined;
  }
}

/**
 * The written bytes that the system has taken. Bytes buffered in Node are left out, so that a further answer
 * does not look like progress. Node counts a large write as written when it begins; only its handle knows how
 * much of it is still queued. Node itself reads that member for socket time-outs.
 */
export const bytesTakenBySystem = (socket: Socket): number => {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } };
  return socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
};
