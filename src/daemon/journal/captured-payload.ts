/** The payload of a journal entry. */
export interface PayloadEntry {
  /** Dropped when newer payload needs the room. */
  data: Buffer | undefined;
}

/** Counts the bytes of payload. */
interface ByteCounter {
  count(bytes: number): void;
}

/** Entries with payload, the oldest first, each with the bound of its socket. */
interface Kept {
  readonly live: Map<PayloadEntry, CaptureBound>;
  readonly ended: Map<PayloadEntry, CaptureBound>;
}

/**
 * Limits how much payload is kept. There is one bound for each socket, one for its session and one for its
 * owner; the payload of a socket counts in all three. If one is full, its oldest payload is dropped: first
 * that of ended sockets, in the order of their ends, then that of live ones.
 */
export class CaptureBound {
  readonly #mostBytes: number;
  readonly #outer: CaptureBound | undefined;
  readonly #account: ByteCounter | undefined;
  /** Created on demand, because few sockets capture. */
  #kept: Kept | undefined;
  #bytes = 0;
  #dropped = 0;
  #phase: 'live' | 'ended' | 'closed' = 'live';

  /**
   * @param outer the bound that contains this one
   * @param account counts what is kept; only the bound of the owner has it, and counts for all bounds in it
   */
  constructor(mostBytes: number, outer?: CaptureBound, account?: ByteCounter) {
    this.#mostBytes = mostBytes;
    this.#outer = outer;
    this.#account = account;
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many entries have lost their payload, whichever bound was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Counts what an entry of this socket has captured. */
  keep(entry: PayloadEntry): void {
    if (entry.data === undefined) return;
    if (this.#phase === 'closed') {
      entry.data = undefined;
      return;
    }
    const { length } = entry.data;
    for (const bound of this.#selfAndOuter()) {
      bound.#kept ??= { live: new Map(), ended: new Map() };
      bound.#kept[this.#phase].set(entry, this);
      bound.#add(length);
    }
    for (const bound of this.#selfAndOuter()) bound.#makeRoom();
  }

  /** The entry leaves the journal of this socket: drops its payload. */
  forget(entry: PayloadEntry): void {
    const { data } = entry;
    if (data === undefined) return;
    entry.data = undefined;
    for (const bound of this.#selfAndOuter()) {
      bound.#kept?.live.delete(entry);
      bound.#kept?.ended.delete(entry);
      bound.#add(-data.length);
    }
  }

  /** This socket has ended: its payload is dropped before that of live sockets. */
  end(): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'ended';
    for (const entry of [...(this.#kept?.live.keys() ?? [])]) {
      for (const bound of this.#selfAndOuter()) {
        bound.#kept?.live.delete(entry);
        bound.#kept?.ended.set(entry, this);
      }
    }
  }

  /** The journal of this socket is dropped: no payload of it is kept, now or later. */
  close(): void {
    this.#phase = 'closed';
    if (!this.#kept) return;
    for (const entry of [...this.#kept.ended.keys(), ...this.#kept.live.keys()]) this.forget(entry);
  }

  #makeRoom(): void {
    if (!this.#kept) return;
    for (const kept of [this.#kept.ended, this.#kept.live]) {
      for (const [oldest, socket] of kept) {
        if (this.#bytes <= this.#mostBytes) return;
        socket.forget(oldest);
        socket.#dropped++;
      }
    }
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#account?.count(bytes);
  }

  *#selfAndOuter(): Generator<CaptureBound> {
    yield this;
    if (this.#outer) yield* this.#outer.#selfAndOuter();
  }
}
