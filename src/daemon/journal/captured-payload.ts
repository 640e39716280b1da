/** An entry as far as its payload is concerned. */
export interface Capturing {
  /** Let go when newer payload needs the room. */
  data: Buffer | undefined;
}

/** Where payload counts. */
interface Counting {
  count(bytes: number): void;
}

/** Entries with payload, oldest first, each with the bound of its socket. */
interface Kept {
  readonly live: Map<Capturing, CaptureBound>;
  readonly ended: Map<Capturing, CaptureBound>;
}

/**
 * How much payload is kept: of one socket, inside of that of its session, inside of that of its owner. What a
 * socket keeps counts for all three. Where one of them is full, its oldest payload goes: first that of sockets
 * that have ended, in the order of their ends, then that of those that live.
 */
export class CaptureBound {
  readonly #mostBytes: number;
  readonly #outer: CaptureBound | undefined;
  readonly #account: Counting | undefined;
  /** Made for the first: few sockets capture. */
  #kept: Kept | undefined;
  #bytes = 0;
  #dropped = 0;
  #phase: 'live' | 'ended' | 'closed' = 'live';

  /**
   * @param outer what it is a part of
   * @param account where what is kept counts; that of the owner says so, for all in it
   */
  constructor(mostBytes: number, outer?: CaptureBound, account?: Counting) {
    this.#mostBytes = mostBytes;
    this.#outer = outer;
    this.#account = account;
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many entries had to let go of their payload, whichever bound was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Counts what an entry of this socket has captured. */
  keep(entry: Capturing): void {
    if (entry.data === undefined) return;
    if (this.#phase === 'closed') {
      entry.data = undefined;
      return;
    }
    const { length } = entry.data;
    for (const bound of this.#outwards()) {
      bound.#kept ??= { live: new Map(), ended: new Map() };
      bound.#kept[this.#phase].set(entry, this);
      bound.#add(length);
    }
    for (const bound of this.#outwards()) bound.#makeRoom();
  }

  /** The entry is no longer in the journal of this socket, and neither is its payload. */
  forget(entry: Capturing): void {
    const { data } = entry;
    if (data === undefined) return;
    entry.data = undefined;
    for (const bound of this.#outwards()) {
      bound.#kept?.live.delete(entry);
      bound.#kept?.ended.delete(entry);
      bound.#add(-data.length);
    }
  }

  /** This socket has ended: what it keeps goes before what live ones keep. */
  end(): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'ended';
    for (const entry of [...(this.#kept?.live.keys() ?? [])]) {
      for (const bound of this.#outwards()) {
        bound.#kept?.live.delete(entry);
        bound.#kept?.ended.set(entry, this);
      }
    }
  }

  /** The journal of this socket is gone: nothing of it is kept, now or later. */
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

  *#outwards(): Generator<CaptureBound> {
    yield this;
    if (this.#outer) yield* this.#outer.#outwards();
  }
}
