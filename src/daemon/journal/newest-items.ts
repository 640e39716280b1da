/** The newest items of a sequence, at most that many. Counts how many older ones were dropped. */
export class NewestItems<T> {
  readonly #most: number;
  #items: (T | undefined)[] = [];
  /** The index of the oldest item. The places before it are empty, and are removed many at a time. */
  #first = 0;
  #dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** How many items were dropped to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an item; returns the oldest one if it was dropped to make room. */
  push(item: T): T | undefined {
    this.#items.push(item);
    if (this.length <= this.#most) return undefined;
    const oldest = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first++;
    this.#dropped++;
    // One copy of `most` items in `most` pushes.
    if (this.#first > this.#most) this.#clearAway();
    return oldest;
  }

  /** Drops the older half of the items, and returns them. */
  dropHalf(): readonly T[] {
    const dropped = this.from(() => true, Math.ceil(this.length / 2));
    this.#first += dropped.length;
    this.#dropped += dropped.length;
    this.#clearAway();
    return dropped;
  }

  /** At most `limit` items, oldest first, from the first one that fits. No item before that one may fit. */
  from(fits: (item: T) => boolean, limit = Number.POSITIVE_INFINITY): T[] {
    let low = this.#first;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.#items[middle];
      if (item !== undefined && fits(item)) high = middle;
      else low = middle + 1;
    }
    const found: T[] = [];
    for (let i = low; i < this.#items.length && found.length < limit; i++) {
      const item = this.#items[i];
      if (item !== undefined) found.push(item);
    }
    return found;
  }

  #clearAway(): void {
    this.#items = this.#items.slice(this.#first);
    this.#first = 0;
  }
}
