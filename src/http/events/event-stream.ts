import type { ServerResponse } from 'node:http';

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
  readonly #onCut: (bytes: number) => void;
  #pending: string[] = [];
  #pendingBytes = 0;
  #over = false;

  /**
   * @param maxBytes most bytes that wait for the reader
   * @param onCut told how many bytes waited when the reader was cut off
   */
  constructor(raw: ServerResponse, maxBytes: number, onCut: (bytes: number) => void) {
    this.#raw = raw;
    this.#maxBytes = maxBytes;
    this.#onCut = onCut;
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
    this.#raw.write(this.#pending.join(''));
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
