/** Why an id names nothing any more. */
export type EndOfId = 'closed' | 'cleanup' | 'session-ended' | 'lease-expired';

export interface Tombstone {
  readonly owner: string;
  readonly reason: EndOfId;
  /** Of a socket: the session that issued it. */
  readonly sessionId?: string;
}

/** What is remembered of ids that ended: bounded, the oldest are forgotten first. */
export class Tombstones {
  readonly #most: number;
  readonly #stones = new Map<string, Tombstone>();

  constructor(most: number) {
    this.#most = most;
  }

  add(id: string, stone: Tombstone): void {
    this.#stones.set(id, stone);
    if (this.#stones.size <= this.#most) return;
    // A Map keeps the order of insertion: the first key is the oldest.
    for (const oldest of this.#stones.keys()) {
      this.#stones.delete(oldest);
      break;
    }
  }

  of(id: string): Tombstone | undefined {
    return this.#stones.get(id);
  }
}
