/** First in, first out, in one buffer that grows to what was queued at most: a ring. */
export class ByteQueue {
  #store = new Uint8Array(0);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a copy. */
  push(bytes: Uint8Array): void {
    this.#reserve(this.#length + bytes.length);
    const size = this.#store.length;
    const tail = size === 0 ? 0 : (this.#head + this.#length) % size;
    const untilEnd = Math.min(bytes.length, size - tail);
    this.#store.set(bytes.subarray(0, untilEnd), tail);
    this.#store.set(bytes.subarray(untilEnd), 0);
    this.#length += bytes.length;
  }

  /** Copies from the front, as many as there are and fit, without taking them away. */
  peek(into: Uint8Array): number {
    const count = Math.min(into.length, this.#length);
    const untilEnd = Math.min(count, this.#store.length - this.#head);
    into.set(this.#store.subarray(this.#head, this.#head + untilEnd));
    into.set(this.#store.subarray(0, count - untilEnd), untilEnd);
    return count;
  }

  /** Takes from the front, as many as there are and fit. */
  take(into: Uint8Array): number {
    const count = this.peek(into);
    this.#length -= count;
    this.#head = this.#length === 0 ? 0 : (this.#head + count) % this.#store.length;
    return count;
  }

  clear(): void {
    this.#store = new Uint8Array(0);
    this.#head = 0;
    this.#length = 0;
  }

  #reserve(needed: number): void {
    if (needed <= this.#store.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#store.length, 256));
    this.peek(grown);
    this.#store = grown;
    this.#head = 0;
  }
}
