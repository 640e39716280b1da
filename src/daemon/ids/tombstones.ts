/** Why an id names nothing any more. */
export type EndOfId = 'closed' | 'cleanup' | 'session-ended' | 'lease-expired';

export interface Tombstone {
  readonly reason: EndOfId;
  /** Of a socket: the session that issued it. */
  readonly sessionId?: string;
}

/**
 * What is remembered of ids that ended: bounded for each owner, so that none pushes out another's; the
 * oldest are forgotten first.
 */
export class Tombstones {
  readonly #most: number;
  readonly #owners = new Map<string, Map<string, Tombstone>>();

  /** @param most how many of each owner */
  constructor(most: number) {
    this.#most = most;
  }

  add(owner: string, id: string, stone: Tombstone): void {
    const stones = this.#owners.get(owner) ?? new Map<string, Tombstone>();
    this.#owners.set(owner, stones.set(id, stone));
    if (stones.size <= this.#most) return;
    // A Map keeps the order of insertion: the first key is the oldest.
    for (const oldest of stones.keys()) {
      stones.delete(oldest);
      break;
    }
  }

  /** What is remembered of an id of that owner; nobody else's id is known here. */
  of(owner: string, id: string): Tombstone | undefined {
    return this.#owners.get(owner)?.get(id);
  }
}
