import { BOUNDLESS, type Memory } from './memory.js';

/** An empty queue keeps a buffer of at most this size. */
const SMALL = 4096;

/**
 * A large buffer grows by this much instead of doubling, so that the counted size stays close to the queued
 * bytes.
 */
const STEP = 65_536;

/** A first-in, first-out queue in a ring buffer that grows with its content. */
export class ByteQueue {
  readonly #memory: Memory;
  #store: Uint8Array = NOTHING;
  #head = 0;
  #length = 0;

  /** @param memory accounts for the size of the buffer */
  constructor(memory = BOUNDLESS) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether the memory permits that many more bytes. */
  fits(bytes: number): boolean {
    return this.#memory.fits(this.#sizeFor(bytes) - this.#store.length);
  }

  /** Appends a copy. */
  push(bytes: Uint8Array): void {
    this.#resize(this.#sizeFor(bytes.length));
    const size = this.#store.length;
    const tail = size === 0 ? 0 : (this.#head + this.#length) % size;
    const untilEnd = Math.min(bytes.length, size - tail);
    this.#store.set(bytes.subarray(0, untilEnd), tail);
    this.#store.set(bytes.subarray(untilEnd), 0);
    this.#length += bytes.length;
  }

  /** Copies as many bytes from the front as there are and fit, and keeps them. */
  peek(into: Uint8Array): number {
    const count = Math.min(into.length, this.#length);
    const untilEnd = Math.min(count, this.#store.length - this.#head);
    into.set(this.#store.subarray(this.#head, this.#head + untilEnd));
    into.set(this.#store.subarray(0, count - untilEnd), untilEnd);
    return count;
  }

  /** Removes as many bytes from the front as there are and fit. */
  take(into: Uint8Array): number {
    const count = this.peek(into);
    this.#length -= count;
    this.#head = this.#length === 0 ? 0 : (this.#head + count) % this.#store.length;
    if (this.#length === 0 && this.#store.length > SMALL) this.#resize(0);
    return count;
  }

  clear(): void {
    this.#length = 0;
    this.#resize(0);
  }

  /** The size of the buffer for that many more bytes. */
  #sizeFor(more: number): number {
    const { length: size } = this.#store;
    const needed = this.#length + more;
    return needed <= size ? size : Math.max(needed, Math.min(2 * size, size + STEP), 256);
  }

  /** Changes the size of the buffer, which must have room for the queued bytes. */
  #resize(size: number): void {
    const before = this.#store.length;
    if (size === before) return;
    const store = size === 0 ? NOTHING : new Uint8Array(size);
    this.peek(store);
    this.#store = store;
    this.#head = 0;
    this.#memory.count(size - before);
  }
}

const NOTHING = new Uint8Array(0);
