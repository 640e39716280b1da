import type { SocketAddress } from '../../winsock/addresses.js';
import type { Failure, Outcome } from '../../winsock/outcome.js';

/** What a receive gave: a copy of the bytes, and what is known of them. */
export interface Arrival {
  readonly data: Buffer;
  readonly eof: boolean;
  readonly truncated: boolean;
  readonly from?: SocketAddress;
}

/**
 * What was received from the provider but could not be delivered: it stands before everything that is
 * still in the provider. A stream is one row of bytes; datagrams keep their boundaries. Urgent data (MSG_OOB)
 * is no part of the stream and is kept apart.
 */
export class UndeliveredData {
  readonly #stream: boolean;
  #items: (Arrival | Failure)[] = [];
  #urgent: Arrival | undefined;

  constructor(stream: boolean) {
    this.#stream = stream;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Bytes that one recv would give (stream) or that all messages have together (datagrams). */
  get bytes(): number {
    return this.#items.reduce((sum, item) => sum + ('data' in item ? item.data.length : 0), 0);
  }

  /** Drops what waits in the queue, as the provider has done with what waited behind it. */
  clear(): void {
    this.#items = [];
  }

  /** Whether a receive with MSG_OOB was given back. */
  get hasUrgent(): boolean {
    return this.#urgent !== undefined;
  }

  /** Puts urgent data back. There is one urgent byte at a time: a newer one has taken its place. */
  putBackUrgent(item: Arrival): void {
    this.#urgent ??= item;
  }

  /** The urgent data that was given back; peeking leaves it there. */
  takeUrgent(peek: boolean): Outcome<Arrival> | undefined {
    const item = this.#urgent;
    if (!peek) this.#urgent = undefined;
    return item && { ok: true, value: item };
  }

  /**
   * Puts something back in front. Bytes of a stream become one piece with those that stand there already:
   * who takes them and asks the provider for more must leave none of them behind.
   */
  putBack(item: Arrival | Failure): void {
    const first = this.#items[0];
    if (!this.#stream || first === undefined || !('data' in first) || !('data' in item)) {
      this.#items.unshift(item);
      return;
    }
    this.#items[0] = { ...first, data: Buffer.concat([item.data, first.data]) };
  }

  /**
   * Takes the next, at most that many bytes; undefined when there is nothing. Peeking leaves it there.
   */
  take(maxBytes: number, peek: boolean): Outcome<Arrival> | undefined {
    const item = this.#items[0];
    if (item === undefined) return undefined;
    if (!peek) this.#items.shift();
    if (!('data' in item)) return item;
    if (item.data.length <= maxBytes) return { ok: true, value: item };
    const value: Arrival = { ...item, data: item.data.subarray(0, maxBytes), truncated: !this.#stream };
    if (this.#stream && !peek) this.putBack({ ...item, data: item.data.subarray(maxBytes) });
    return { ok: true, value };
  }
}
