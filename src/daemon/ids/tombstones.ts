/** Why an id no longer names a session or socket. */
export type IdEndReason = 'closed' | 'relay-reset' | 'cleanup' | SessionEndReason;

/** Why a session ended: by a call, by its lease, or with the connection of its client, which was lost. */
export type SessionEndReason = 'session-ended' | 'lease-expired' | 'connection-lost';

export interface Tombstone {
  readonly reason: IdEndReason;
  /** The session of a socket; absent for a session. */
  readonly sessionId?: string;
}

/** The tombstones of one owner. */
interface OwnerTombstones {
  readonly byId: Map<string, Tombstone>;
  /**
   * The keys from the oldest on: a Map keeps the order of insertion. The iterator is kept, because a new one
   * would pass the empty places of all deleted entries.
   */
  readonly oldest: Iterator<string, undefined>;
}

/**
 * What is remembered of ended ids. The number is limited for each owner, so that no owner displaces the ids
 * of another; the oldest are removed first.
 */
export class Tombstones {
  readonly #most: number;
  readonly #owners = new Map<string, OwnerTombstones>();

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

  /** What is remembered of an id of that owner; ids of other owners are not found. */
  of(owner: string, id: string): Tombstone | undefined {
    return this.#owners.get(owner)?.byId.get(id);
  }
}
