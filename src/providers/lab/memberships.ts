import { isMulticast } from '../../winsock/addresses.js';
import { isMembership, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome } from '../../winsock/outcome.js';
import { type Family, wireForm } from './endpoints.js';

/** The options that join a group or leave it. */
const CHANGES: Readonly<Partial<Record<OptionName, { readonly family: Family; readonly join: boolean }>>> = {
  IP_ADD_MEMBERSHIP: { family: 'AF_INET', join: true },
  IP_DROP_MEMBERSHIP: { family: 'AF_INET', join: false },
  IPV6_ADD_MEMBERSHIP: { family: 'AF_INET6', join: true },
  IPV6_JOIN_GROUP: { family: 'AF_INET6', join: true },
  IPV6_DROP_MEMBERSHIP: { family: 'AF_INET6', join: false },
  IPV6_LEAVE_GROUP: { family: 'AF_INET6', join: false },
};

/** The most groups of one socket. */
const MOST_GROUPS = 256;

/**
 * The multicast groups that a socket has joined. The lab has one network, so the interface does not matter
 * and a group reaches every member. Sources are not distinguished.
 */
export class Memberships {
  readonly #family: Family;
  /** Group addresses in canonical spelling. */
  readonly #groups = new Set<string>();

  constructor(family: Family) {
    this.#family = family;
  }

  /** @param group its address in wire form */
  has(group: string): boolean {
    return this.#groups.has(group);
  }

  /**
   * Joins or leaves a group. WSAEADDRINUSE for a group joined already, WSAEADDRNOTAVAIL to leave one not
   * joined, WSAEINVAL for an address that is no group, WSAENOBUFS over the limit.
   *
   * @returns undefined for an option that is no membership of this family
   */
  set(option: OptionName, value: OptionValue): Outcome<void> | undefined {
    const call = 'setsockopt';
    const family = this.#family;
    const change = CHANGES[option];
    if (change?.family !== family) return undefined;
    if (!isMembership(value)) return fail('WSAEINVAL', call);
    const { address } = wireForm({ family, address: value.multicastAddress, port: 0 });
    if (!isMulticast({ family, address })) return fail('WSAEINVAL', call);
    const joined = this.#groups.has(address);
    if (change.join === joined) return fail(joined ? 'WSAEADDRINUSE' : 'WSAEADDRNOTAVAIL', call);
    if (change.join && this.#groups.size >= MOST_GROUPS) return fail('WSAENOBUFS', call);
    if (joined) this.#groups.delete(address);
    else this.#groups.add(address);
    return done;
  }
}
