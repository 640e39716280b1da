import type { Accounts } from '../memory/kept-bytes.js';
import { type KeyClock, type KeyLimits, OwnerKeys } from './owner-keys.js';

/** The keys of all owners: equal keys of two owners have nothing to do with each other. */
export class Keys {
  readonly #clock: KeyClock;
  readonly #limits: KeyLimits;
  readonly #accounts: Accounts;
  readonly #owners = new Map<string, OwnerKeys>();

  constructor(clock: KeyClock, limits: KeyLimits, accounts: Accounts) {
    this.#clock = clock;
    this.#limits = limits;
    this.#accounts = accounts;
  }

  /** The keys of an owner. The map never shrinks: owners come from the configuration and are few. */
  of(owner: string): OwnerKeys {
    let keys = this.#owners.get(owner);
    if (!keys) {
      keys = new OwnerKeys(this.#clock, this.#limits, this.#accounts.of(owner));
      this.#owners.set(owner, keys);
    }
    return keys;
  }
}
