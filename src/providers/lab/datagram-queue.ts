import type { InternetAddress } from '../../winsock/addresses.js';
import { Fifo } from './fifo.js';
import { BOUNDLESS, type Memory } from './memory.js';
import type { PacketHeader } from './packet-header.js';

export interface Datagram {
  /** On the wire. */
  readonly from: InternetAddress;
  readonly header: PacketHeader;
  readonly data: Uint8Array;
}

/** What a datagram counts for beside its bytes, so that empty ones cannot pile up without end. */
export const DATAGRAM_OVERHEAD = 32;

/** What a datagram of so many bytes takes of the memory: its address and header are objects, however short it is. */
export const memoryOf = (bytes: number): number => bytes + 400;

/** The datagrams that wait in a receive buffer, first in, first out. */
export class DatagramQueue {
  readonly #memory: Memory;
  readonly #waiting = new Fifo<Datagram>();
  #bytes = 0;
  /** SIO_ENABLE_CIRCULAR_QUEUEING: where there is no room, the oldest are lost instead of the newest. */
  circular = false;

  /** @param memory where what waits counts */
  constructor(memory = BOUNDLESS) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** All bytes that wait, without overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Loses the datagram when the buffer or the memory is full, unless the queue is circular. The last one may go over the limit, so
   * that a long datagram fits into a buffer of its size.
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

  /** The first, which stays; undefined without one. */
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
