import type { ServerResponse } from 'node:http';
import type { HeldBytes } from '../memory/kept-bytes.js';

/** The count of what waits for one reader. */
type Held = Pick<HeldBytes, 'recount' | 'release'>;

/** An event as its readers get it. */
export interface EncodedEvent {
  readonly text: string;
  readonly bytes: number;
}

/** Encodes an event. JSON has no line breaks outside of its texts, so one data line is enough. */
export const encodeEvent = (name: string, id: string, data: object): EncodedEvent => {
  const text = `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  return { text, bytes: Buffer.byteLength(text) };
};

/**
 * One stream of server-sent events. What happens in one turn of the event loop is written together. A
 * reader that takes them more slowly than they come is cut off once its buffer is full: nothing is
 * buffered without bound, and nothing is left out silently.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  readonly #raw: ServerResponse;
  readonly #maxBytes: number;
  readonly #hold: () => Held;
  readonly #onCut: (bytes: number) => void;
  #pending: string[] = [];
  #pendingBytes = 0;
  /** While the reader is behind. */
  #held: Held | undefined;
  #over = false;

  /**
   * @param maxBytes most bytes that wait for the reader
   * @param hold begins to count what waits for a reader that is behind
   * @param onCut told how many bytes waited when the reader was cut off
   */
  constructor(raw: ServerResponse, maxBytes: number, hold: () => Held, onCut: (bytes: number) => void) {
    this.#raw = raw;
    this.#maxBytes = maxBytes;
    this.#hold = hold;
    this.#onCut = onCut;
    const release = (): void => {
      this.#held?.release();
      this.#held = undefined;
    };
    raw.on('drain', release).once('close', release);
  }

  /** Sends an event. */
  event({ text, bytes }: EncodedEvent): void {
    if (this.#over) return;
    const waiting = this.#waiting;
    if (waiting > 0 && waiting + bytes > this.#maxBytes) {
      this.#over = true;
      this.#pending = [];
      this.#onCut(waiting);
      this.#raw.destroy();
      return;
    }
    if (this.#pending.length === 0) setImmediate(() => this.#flush());
    this.#pending.push(text);
    this.#pendingBytes += bytes;
  }

  /** Sends a line that readers ignore: it keeps the connection open, and tells a dead one. */
  comment(text: string): void {
    const line = `: ${text}\n\n`;
    this.event({ text: line, bytes: Buffer.byteLength(line) });
  }

  /** Whether less waits for the reader than half of what may. */
  get hasRoom(): boolean {
    return this.#waiting <= this.#maxBytes / 2;
  }

  /** Runs in a later turn, as soon as there is room. */
  whenRoom(run: () => void): void {
    const raw = this.#raw;
    if (this.#over || raw.destroyed) return;
    this.#flush();
    // More waits than Node's own mark, so there will be a drain.
    if (this.hasRoom) setImmediate(run);
    else raw.once('drain', () => this.whenRoom(run));
  }

  /** Sends what waits, and ends. */
  end(): void {
    if (this.#over) return;
    this.#flush();
    this.#over = true;
    this.#raw.end();
  }

  get #waiting(): number {
    return this.#raw.writableLength + this.#pendingBytes;
  }

  #flush(): void {
    if (this.#over || this.#pending.length === 0) return;
    const isTaken = this.#raw.write(this.#pending.join(''));
    this.#pending = [];
    this.#pendingBytes = 0;
    // Once closed, it has released all.
    if ((isTaken && this.#held === undefined) || this.#raw.destroyed) return;
    this.#held ??= this.#hold();
    this.#held.recount(this.#waiting);
  }
}
