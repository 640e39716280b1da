import type { LabClock } from './clock.js';
import { LabNetwork } from './network.js';
import { SwitchableClock } from './switchable-clock.js';

/** A network with a clock of its own. */
export type ClockedNetwork = LabNetwork<SwitchableClock>;

/** A network that is in use, until released. */
export interface LabLease {
  readonly network: ClockedNetwork;
  release(): void;
}

/** The lab networks: one for each session, or one that sessions of the same owner share by its name. */
export class LabNetworks {
  readonly #clock: LabClock;
  readonly #named = new Map<string, { readonly network: ClockedNetwork; users: number }>();

  /** @param clock what each network's own clock follows until it is made virtual */
  constructor(clock: LabClock) {
    this.#clock = clock;
  }

  /** @param name undefined: a network of its own */
  join(owner: string, name: string | undefined): LabLease {
    if (name === undefined) return { network: this.#open(), release: () => {} };
    const key = JSON.stringify([owner, name]);
    const shared = this.#named.get(key) ?? { network: this.#open(), users: 0 };
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

  #open(): ClockedNetwork {
    return new LabNetwork({ clock: new SwitchableClock(this.#clock) });
  }
}
