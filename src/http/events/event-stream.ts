import type { ServerResponse } from 'node:http';
import type { HeldBytes } from '../memory/kept-bytes.js';

/** The counted bytes that one reader has not read. */
type Held = Pick<HeldBytes, 'recount' | 'release'>;

/** An event in the format of the stream. */
export interface EncodedEvent {
  readonly text: string;
  readonly bytes: number;
}

/** Encodes an event with one data line, since JSON.stringify writes no line breaks. */
export const encodeEvent = (name: string, id: string, data: object): EncodedEvent => {
  const text = `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  return { text, bytes: Buffer.byteLength(text) };
};

/**
 * One stream of server-sent events. The events of one event loop turn are written together. A reader that is
 * slower than the events is cut off once its buffer is full: the buffer is bounded, and no event is omitted
 * silently.
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
  /** The count, while the reader has unread bytes. */
  #held: Held | undefined;
  #isEnded = false;

  /**
   * @param maxBytes the most unread bytes
   * @param hold begins to count the unread bytes
   * @param onCut called with the number of unread bytes when the reader is cut off
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
    if (this.#isEnded) return;
    const unread = this.#unreadBytes;
    if (unread > 0 && unread + bytes > this.#maxBytes) {
      this.#isEnded = true;
      this.#pending = [];
      this.#onCut(unread);
      this.#raw.destroy();
      return;
    }
    if (this.#pending.length === 0) setImmediate(() => this.#flush());
    this.#pending.push(text);
    this.#pendingBytes += bytes;
  }

  /** Sends a line that readers ignore: it keeps the connection open, and lets a dead connection fail. */
  comment(text: string): void {
    const line = `: ${text}\n\n`;
    this.event({ text: line, bytes: Buffer.byteLength(line) });
  }

  /** Whether the unread bytes are at most half of the limit. */
  get hasRoom(): boolean {
    return this.#unreadBytes <= this.#maxBytes / 2;
  }

  /** Calls a function in a later turn, as soon as there is room. */
  whenRoom(run: () => void): void {
    const raw = this.#raw;
    if (this.#isEnded || raw.destroyed) return;
    this.#flush();
    // More is unread than Node's high-water mark, so `drain` will follow.
    if (this.hasRoom) setImmediate(run);
    else raw.once('drain', () => this.whenRoom(run));
  }

  /** Sends the pending events, and ends the stream. */
  end(): void {
    if (this.#isEnded) return;
    this.#flush();
    this.#isEnded = true;
    this.#raw.end();
  }

  get #unreadBytes(): number {
    return this.#raw.writableLength + this.#pendingBytes;
  }

  #flush(): void {
    if (this.#isEnded || this.#pending.length === 0) return;
    const isTaken = this.#raw.write(this.#pending.join(''));
    this.#pending = [];
    this.#pendingBytes = 0;
    // `close` has released the count of a closed answer.
    if ((isTaken && this.#held === undefined) || this.#raw.destroyed) return;
    this.#held ??= this.#hold();
    this.#held.recount(this.#unreadBytes);
  }
}
