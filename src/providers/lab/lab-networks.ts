import type { LabClock } from './clock.js';
import { LabNetwork } from './network.js';
import { SwitchableClock } from './switchable-clock.js';

/** A network with a clock of its own. */
export interface ClockedNetwork {
  readonly network: LabNetwork;
  readonly clock: SwitchableClock;
}

/** A network that is in use, until released. */
export interface LabLease extends ClockedNetwork {
  release(): void;
}

/** The lab networks: one for each session, or one that sessions of the same owner share by its name. */
export class LabNetworks {
  readonly #clock: LabClock;
  readonly #named = new Map<string, ClockedNetwork & { users: number }>();

  /** @param clock what each network's own clock follows until it is made virtual */
  constructor(clock: LabClock) {
    this.#clock = clock;
  }

  /** @param name undefined: a network of its own */
  join(owner: string, name: string | undefined): LabLease {
    if (name === undefined) return { ...this.#open(), release: () => {} };
    const key = JSON.stringify([owner, name]);
    const shared = this.#named.get(key) ?? { ...this.#open(), users: 0 };
    this.#named.set(key, shared);
    shared.users++;
    let joined = true;
    const { network, clock } = shared;
    return {
      network,
      clock,
      release: () => {
        if (!joined) return;
        joined = false;
        if (--shared.users === 0) this.#named.delete(key);
      },
    };
  }

  #open(): ClockedNetwork {
    const clock = new SwitchableClock(this.#clock);
    return { network: new LabNetwork({ clock }), clock };
  }
}
