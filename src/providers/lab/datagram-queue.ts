import type { InternetAddress } from '../../winsock/addresses.js';
import { Fifo } from './fifo.js';
import { BOUNDLESS, type Memory } from './memory.js';
import type { PacketHeader } from './packet-header.js';

export interface Datagram {
  /** In its wire form. */
  readonly from: InternetAddress;
  readonly header: PacketHeader;
  readonly data: Uint8Array;
}

/** Each datagram counts for this many bytes more than its length, which limits the number of empty ones. */
export const DATAGRAM_OVERHEAD = 32;

/**
 * The memory that a datagram of that length takes: its address and header are objects, even when it is
 * short.
 */
export const memoryOf = (bytes: number): number => bytes + 400;

/** The datagrams in a receive buffer, first in, first out. */
export class DatagramQueue {
  readonly #memory: Memory;
  readonly #waiting = new Fifo<Datagram>();
  #bytes = 0;
  /** SIO_ENABLE_CIRCULAR_QUEUEING: a full buffer discards the oldest datagrams instead of the newest. */
  circular = false;

  /** @param memory accounts for the queued datagrams */
  constructor(memory = BOUNDLESS) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** All queued bytes, without overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Discards the datagram when the buffer or the memory is full, unless the queue is circular. The last
   * datagram may exceed the limit, so that a long one fits into a buffer of its size.
   *
   * @param buffer SO_RCVBUF, in bytes
   */
  push(datagram: Datagram, buffer: number): void {
    while (this.#bytes + this.length * DATAGRAM_OVERHEAD >= Math.max(1, buffer)) {
      if (!this.circular) return;
      this.take();
    }
    const kept = memoryOf(datagram.data.length);
    if (!this.#memory.fits(kept)) return;
    this.#memory.count(kept);
    this.#waiting.push(datagram);
    this.#bytes += datagram.data.length;
  }

  /** Returns the first datagram and keeps it; undefined when the queue is empty. */
  peek(): Datagram | undefined {
    return this.#waiting.first;
  }

  take(): Datagram | undefined {
    const first = this.#waiting.shift();
    if (!first) return undefined;
    this.#bytes -= first.data.length;
    this.#memory.release(memoryOf(first.data.length));
    return first;
  }

  clear(): void {
    while (this.take());
  }
}
