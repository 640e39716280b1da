import { type Refusal, refuse } from '../answers/refusals.js';

/** How many bytes may be kept for clients at once. */
export interface ByteLimits {
  /** For one owner. */
  readonly bytesPerOwner: number;
  /** For all owners together. */
  readonly bytesTotal: number;
}

/**
 * Counts the bytes that the daemon keeps for clients: bodies, answers that are not yet taken, received data,
 * buffers of the lab, journals. Whoever keeps some reserves them first and releases exactly as many.
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

  /** The account of an owner. Owners are those of the configuration: there are few, and none goes. */
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

/** What is kept only as long as nothing else needs its room: journals. */
export interface Yielding {
  /** Bytes that may go. */
  readonly spare: number;
  /** Lets the oldest go; false: there is nothing. */
  shed(): boolean;
}

/** The bytes that are kept for one owner. */
export class ByteAccount {
  readonly #limits: ByteLimits;
  readonly #all: ByteAccounts;
  #yielding: Yielding | undefined;
  #used = 0;

  constructor(limits: ByteLimits, all: ByteAccounts) {
    this.#limits = limits;
    this.#all = all;
  }

  /** Bytes reserved now. */
  get used(): number {
    return this.#used;
  }

  /** A part of what is counted makes room for the rest. */
  yields(yielding: Yielding): void {
    this.#yielding = yielding;
  }

  /** Whether that many more fit, once what yields has made room. */
  fits(bytes: number): boolean {
    // Nothing goes where it would not help.
    if (!this.#hasRoom(bytes - this.#spare)) return false;
    while (!this.#hasRoom(bytes)) if (!this.#yielding?.shed()) return false;
    return true;
  }

  /** As fits, for what waits to be received: an eighth stays free, or no receive would have the room that empties it. */
  fitsQueue(bytes: number): boolean {
    return this.fits(bytes + this.#limits.bytesPerOwner / 8);
  }

  #hasRoom(bytes: number): boolean {
    return this.#used + bytes <= this.#limits.bytesPerOwner && this.#all.fits(bytes);
  }

  get #spare(): number {
    return this.#yielding?.spare ?? 0;
  }

  /** The refusal, where that many more do not fit. Who counts them in the same turn has reserved them by asking. */
  refused(bytes: number): Refusal | undefined {
    if (this.fits(bytes)) return undefined;
    return this.#used - this.#spare + bytes > this.#limits.bytesPerOwner ? OWNER_FULL : DAEMON_FULL;
  }

  /**
   * Whether less than an eighth is left, of the owner's bytes beside what yields, or of all: whoever only holds some
   * is in the way.
   */
  get isShort(): boolean {
    const { bytesPerOwner } = this.#limits;
    return this.#used - this.#spare + bytesPerOwner / 8 > bytesPerOwner || this.#all.isShort;
  }

  /** Reserves bytes, if they fit: without a refusal they are counted until they are released. */
  reserve(bytes: number): Refusal | undefined {
    const refused = this.refused(bytes);
    if (!refused) this.count(bytes);
    return refused;
  }

  /** Counts bytes that are there already and cannot be refused. */
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
  'The daemon keeps as many bytes for this owner as limits.bytesPerOwner allows; take answers, receive or close.',
);

const DAEMON_FULL = refuse(
  'overloaded',
  'The daemon keeps as many bytes for all clients as limits.bytesTotal allows; try again later.',
);
