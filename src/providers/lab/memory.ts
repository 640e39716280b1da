/**
 * The account of the bytes that a network keeps for its owner. A caller of `fits` counts them in the same
 * turn.
 */
export interface Memory {
  /** Whether that many more bytes may be kept. */
  fits(bytes: number): boolean;
  count(bytes: number): void;
  release(bytes: number): void;
}

/** Why a send is WSAENOBUFS. */
export const NO_MEMORY = 'the memory of the owner in the daemon is used up.';

/** Counts nothing, and anything fits. */
export const BOUNDLESS: Memory = Object.freeze({ fits: () => true, count: () => {}, release: () => {} });

/**
 * The part of its owner's memory that one network uses. It is released with the network, including items in
 * transit.
 */
export class NetworkMemory implements Memory {
  #owner: Memory;
  #used = 0;

  constructor(owner: Memory) {
    this.#owner = owner;
  }

  fits(bytes: number): boolean {
    return this.#owner.fits(bytes);
  }

  count(bytes: number): void {
    this.#used += bytes;
    this.#owner.count(bytes);
  }

  release(bytes: number): void {
    this.#used -= bytes;
    this.#owner.release(bytes);
  }

  /** Releases everything, because the network is no longer used. */
  end(): void {
    this.release(this.#used);
    this.#owner = BOUNDLESS;
  }
}
