import { it } from 'node:test';
import type { Provider } from '../../../src/providers/provider.js';
import type { ProtocolInfo, ProviderName } from '../../../src/winsock/protocol-info.js';
import { SKIPS, type Skip } from '../skips.js';
import {
  CaseSockets,
  type ContractFacts,
  defaultEntry,
  type Family,
  loopback,
  value,
} from './case-sockets.js';

const CASE_LIMIT_MS = 30_000;

/** The cases of one run: defines them, skips those of the table, and counts. */
export class Suite {
  readonly entries: readonly ProtocolInfo[];
  readonly facts: ContractFacts;
  readonly #provider: Provider;
  readonly #skips: ReadonlyMap<string, Skip>;
  readonly #names = new Set<string>();
  #skipped = 0;

  constructor(name: ProviderName, provider: Provider, facts: ContractFacts) {
    this.#provider = provider;
    this.facts = facts;
    this.entries = value(provider.enumProtocols());
    const isHere = ({ provider, platform }: Skip): boolean =>
      provider === name && (platform === undefined || platform === facts.platform);
    this.#skips = new Map(SKIPS.filter(isHere).map((skip) => [skip.case, skip]));
  }

  /** Whether the provider has a native WSAEventSelect. */
  get hasNativeEvents(): boolean {
    return this.#provider.networkEvents !== undefined;
  }

  /** Whether the provider has a native condition function of WSAAccept. */
  get hasNativeOffers(): boolean {
    return this.#provider.offers !== undefined;
  }

  /**
   * The families for which the provider has streams; every provider has IPv4. A machine without ::1 runs no
   * case of IPv6, except in CI.
   */
  families(): readonly Family[] {
    const { CI } = process.env;
    return (['AF_INET', 'AF_INET6'] as const).filter((family) => {
      const entry = defaultEntry(this.entries, 'SOCK_STREAM', family);
      if (!entry || CI === 'true') return entry !== undefined;
      const probe = value(this.#provider.socket(entry, 0));
      const bound = this.#provider.bind(probe, loopback(family));
      this.#provider.close(probe);
      return bound.ok;
    });
  }

  /** Defines one case, with sockets of its own that are closed afterwards. */
  case(name: string, body: (sockets: CaseSockets) => void | Promise<void>): void {
    if (this.#names.has(name)) throw new Error(`two cases are named "${name}"`);
    this.#names.add(name);
    const skip = this.#skips.get(name);
    if (skip) this.#skipped++;
    it(name, { timeout: CASE_LIMIT_MS, ...(skip ? { skip: skip.reason } : {}) }, async () => {
      const sockets = new CaseSockets(this.#provider, this.facts);
      // A watch does not keep the process running, so this timer does.
      const alive = setTimeout(() => undefined, CASE_LIMIT_MS);
      try {
        await body(sockets);
      } finally {
        clearTimeout(alive);
        sockets.end();
      }
    });
  }

  /** Rows of the skip table, for this provider and platform, whose case does not exist. */
  lostSkips(): readonly string[] {
    return [...this.#skips.keys()].filter((name) => !this.#names.has(name));
  }

  summary(name: ProviderName): string {
    return `contract: ${name} ${this.#names.size} cases, ${this.#skipped} skipped`;
  }
}
