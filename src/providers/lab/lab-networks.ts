import type { LabClock } from './clock.js';
import { type Memory, NetworkMemory } from './memory.js';
import { LabNetwork } from './network.js';
import { SwitchableClock } from './switchable-clock.js';

/** A network with a clock of its own. */
export type ClockedNetwork = LabNetwork<SwitchableClock>;

interface OpenNetwork {
  readonly network: ClockedNetwork;
  readonly memory: NetworkMemory;
}

/** A reference to a network that is in use until released. */
export interface LabLease {
  readonly network: ClockedNetwork;
  release(): void;
}

/** The lab networks: each session has its own, or shares a named one with other sessions of its owner. */
export class LabNetworks {
  readonly #clock: LabClock;
  readonly #memoryOf: (owner: string) => Memory;
  readonly #named = new Map<string, OpenNetwork & { users: number }>();

  /**
   * @param clock the clock that each network follows until its own is made virtual
   * @param memoryOf the memory account of an owner, for all networks of that owner
   */
  constructor(clock: LabClock, memoryOf: (owner: string) => Memory) {
    this.#clock = clock;
    this.#memoryOf = memoryOf;
  }

  /** @param name undefined for a network of its own */
  join(owner: string, name: string | undefined): LabLease {
    if (name === undefined) {
      const { network, memory } = this.#open(owner);
      return { network, release: () => memory.end() };
    }
    const key = JSON.stringify([owner, name]);
    const shared = this.#named.get(key) ?? { ...this.#open(owner), users: 0 };
    this.#named.set(key, shared);
    shared.users++;
    let joined = true;
    return {
      network: shared.network,
      release: () => {
        if (!joined) return;
        joined = false;
        if (--shared.users > 0) return;
        this.#named.delete(key);
        shared.memory.end();
      },
    };
  }

  #open(owner: string): OpenNetwork {
    const memory = new NetworkMemory(this.#memoryOf(owner));
    return { network: new LabNetwork({ clock: new SwitchableClock(this.#clock), memory }), memory };
  }
}
