import type { LabClock } from './clock.js';
import { LabNetwork } from './network.js';

/** A network that is in use, until released. */
export interface LabLease {
  readonly network: LabNetwork;
  release(): void;
}

/** The lab networks: one for each session, or one that sessions of the same owner share by its name. */
export class LabNetworks {
  readonly #clock: LabClock;
  readonly #named = new Map<string, { readonly network: LabNetwork; users: number }>();

  constructor(clock: LabClock) {
    this.#clock = clock;
  }

  /** @param name undefined: a network of its own */
  join(owner: string, name: string | undefined): LabLease {
    if (name === undefined) return { network: new LabNetwork({ clock: this.#clock }), release: () => {} };
    const key = JSON.stringify([owner, name]);
    const shared = this.#named.get(key) ?? { network: new LabNetwork({ clock: this.#clock }), users: 0 };
    this.#named.set(key, shared);
    shared.users++;
    let joined = true;
    return {
      network: shared.network,
      release: () => {
        if (!joined) return;
        joined = false;
        if (--shared.users === 0) this.#named.delete(key);
      },
    };
  }
}
