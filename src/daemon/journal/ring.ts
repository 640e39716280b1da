/** The newest items of a row, at most that many; how many older ones were dropped is counted. */
export class Ring<T> {
  readonly #most: number;
  readonly #items: T[] = [];
  /** Where the oldest item is, once the ring is full. */
  #first = 0;
  #dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#items.length;
  }

  /** How many items were dropped to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an item, and gives the one that had to make room for it. */
  push(item: T): T | undefined {
    if (this.#items.length < this.#most) {
      this.#items.push(item);
      return undefined;
    }
    const oldest = this.#items[this.#first];
    this.#items[this.#first] = item;
    this.#first = (this.#first + 1) % this.#most;
    this.#dropped++;
    return oldest;
  }

  /** At most `limit` items, oldest first, from the first one on that fits; those before it must not fit. */
  from(fits: (item: T) => boolean, limit = Number.POSITIVE_INFINITY): T[] {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.#at(middle);
      if (item !== undefined && fits(item)) high = middle;
      else low = middle + 1;
    }
    const found: T[] = [];
    for (let i = low; i < this.#items.length && found.length < limit; i++) {
      const item = this.#at(i);
      if (item !== undefined) found.push(item);
    }
    return found;
  }

  #at(index: number): T | undefined {
    return this.#items[(this.#first + index) % this.#items.length];
  }
}
