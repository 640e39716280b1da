/** Why an id names nothing any more. */
export type EndOfId = 'closed' | 'cleanup' | 'session-ended' | 'lease-expired';

export interface Tombstone {
  readonly reason: EndOfId;
  /** Of a socket: the session that issued it. */
  readonly sessionId?: string;
}

/** Those of one owner. */
interface Stones {
  readonly byId: Map<string, Tombstone>;
  /**
   * Goes on from one to the next as they are forgotten: a Map keeps the order of insertion. An iterator that begins anew
   * would pass the places of all those that are gone.
   */
  readonly oldest: Iterator<string, undefined>;
}

/**
 * What is remembered of ids that ended: bounded for each owner, so that none pushes out another's; the
 * oldest are forgotten first.
 */
export class Tombstones {
  readonly #most: number;
  readonly #owners = new Map<string, Stones>();

  /** @param most how many of each owner */
  constructor(most: number) {
    this.#most = most;
  }

  add(owner: string, id: string, stone: Tombstone): void {
    let stones = this.#owners.get(owner);
    if (!stones) {
      const byId = new Map<string, Tombstone>();
      stones = { byId, oldest: byId.keys() };
      this.#owners.set(owner, stones);
    }
    stones.byId.set(id, stone);
    if (stones.byId.size <= this.#most) return;
    const { value: oldest } = stones.oldest.next();
    if (oldest !== undefined) stones.byId.delete(oldest);
  }

  /** What is remembered of an id of that owner; nobody else's id is known here. */
  of(owner: string, id: string): Tombstone | undefined {
    return this.#owners.get(owner)?.byId.get(id);
  }
}
