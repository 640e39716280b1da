import { type Refusal, refuse } from '../answers/refusals.js';

/** How many bytes may be kept for clients at once. */
export interface ByteLimits {
  /** For one owner. */
  readonly bytesPerOwner: number;
  /** For all owners together. */
  readonly bytesTotal: number;
}

/**
 * Counts the bytes that the daemon keeps for clients: bodies, answers that are not yet sent, received data,
 * buffers of the lab, journals. Code that keeps bytes reserves them first, and releases exactly as many.
 */
export class ByteAccounts {
  readonly #limits: ByteLimits;
  readonly #byOwner = new Map<string, ByteAccount>();
  #used = 0;

  constructor(limits: ByteLimits) {
    this.#limits = limits;
  }

  /** Bytes reserved now, of all owners. */
  get used(): number {
    return this.#used;
  }

  /** The account of an owner. The configuration names the owners: they are few, and none is removed. */
  of(owner: string): ByteAccount {
    let account = this.#byOwner.get(owner);
    if (!account) {
      account = new ByteAccount(this.#limits, this);
      this.#byOwner.set(owner, account);
    }
    return account;
  }

  /** Whether that many more fit for all owners together. */
  fits(bytes: number): boolean {
    return this.#used + bytes <= this.#limits.bytesTotal;
  }

  /** Whether less than an eighth is left for all owners together. */
  get isShort(): boolean {
    return !this.fits(this.#limits.bytesTotal / 8);
  }

  /** Adds to the sum of all owners; ByteAccount alone calls it. */
  add(bytes: number): void {
    this.#used += bytes;
  }
}

/** What is kept only until something else needs the room: journals. */
export interface Evictable {
  /** Bytes that may be dropped. */
  readonly evictableBytes: number;
  /** Drops the oldest; false: there is nothing to drop. */
  evictOldest(): boolean;
}

/** The bytes that are kept for one owner. */
export class ByteAccount {
  readonly #limits: ByteLimits;
  readonly #all: ByteAccounts;
  #evictable: Evictable | undefined;
  #used = 0;

  constructor(limits: ByteLimits, all: ByteAccounts) {
    this.#limits = limits;
    this.#all = all;
  }

  /** Bytes reserved now. */
  get used(): number {
    return this.#used;
  }

  /** Names the part of what is counted that may be dropped to make room for the rest. */
  setEvictable(evictable: Evictable): void {
    this.#evictable = evictable;
  }

  /** Whether that many more fit; drops what is evictable if that makes the room. */
  fits(bytes: number): boolean {
    // Nothing is dropped if that would not make enough room.
    if (!this.#hasRoom(bytes - this.#evictableBytes)) return false;
    while (!this.#hasRoom(bytes)) if (!this.#evictable?.evictOldest()) return false;
    return true;
  }

  /**
   * As fits, for data that waits to be received. An eighth stays free, because otherwise a receive would not
   * have the room to empty the queue.
   */
  fitsQueue(bytes: number): boolean {
    return this.fits(bytes + this.#limits.bytesPerOwner / 8);
  }

  #hasRoom(bytes: number): boolean {
    return this.#used + bytes <= this.#limits.bytesPerOwner && this.#all.fits(bytes);
  }

  get #evictableBytes(): number {
    return this.#evictable?.evictableBytes ?? 0;
  }

  /**
   * The refusal, if that many more do not fit. If there is none, the caller may count them in the same turn.
   */
  refused(bytes: number): Refusal | undefined {
    if (this.fits(bytes)) return undefined;
    return this.#used - this.#evictableBytes + bytes > this.#limits.bytesPerOwner ? OWNER_FULL : DAEMON_FULL;
  }

  /**
   * Whether less than an eighth is left, of the owner's bytes (evictable ones count as free) or of all. Then
   * clients that hold bytes without using them are in the way.
   */
  get isShort(): boolean {
    const { bytesPerOwner } = this.#limits;
    return this.#used - this.#evictableBytes + bytesPerOwner / 8 > bytesPerOwner || this.#all.isShort;
  }

  /** Counts bytes if they fit, until they are released; otherwise returns the refusal. */
  reserve(bytes: number): Refusal | undefined {
    const refused = this.refused(bytes);
    if (!refused) this.count(bytes);
    return refused;
  }

  /** Counts bytes that exist already and cannot be refused. */
  count(bytes: number): void {
    this.#used += bytes;
    this.#all.add(bytes);
  }

  /** Releases bytes that were reserved or counted. */
  release(bytes: number): void {
    this.#used -= bytes;
    this.#all.add(-bytes);
  }
}

const OWNER_FULL = refuse(
  'quota',
  'The daemon keeps as many bytes of the owner as limits.bytesPerOwner allows: read answers, receive, close.',
);

const DAEMON_FULL = refuse(
  'overloaded',
  'The daemon keeps as many bytes for all clients as limits.bytesTotal allows; try again later.',
);
