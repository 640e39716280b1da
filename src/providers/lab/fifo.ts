/** Empty places are removed in batches of this size, which costs each item about one move. */
const MOST_EMPTY = 1024;

/** A first-in, first-out queue. Unlike Array.shift, taking the first costs the same for any length. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  /** Index of the first item; the places before it are empty. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const { first } = this;
    this.#items[this.#head] = undefined;
    this.#head++;
    if (this.length === 0) this.clear();
    else if (this.#head > MOST_EMPTY && this.#head > this.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#head; i < this.#items.length; i++) {
      const item = this.#items[i];
      if (item !== undefined) yield item;
    }
  }
}
