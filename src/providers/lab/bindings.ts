/**
 * Who holds which local address and port of one lab transport, by the rules of Windows Server 2003 and
 * later for sockets of one user.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
 */
import type { InternetAddress } from '../../winsock/addresses.js';
import type { WsaName } from '../../winsock/errors.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { isWildcard } from './endpoints.js';

/** How a holder shares its port; `connection`: an accepted connection of an exclusive listener. */
export type Sharing = 'default' | 'reuse' | 'exclusive' | 'connection';

export interface Claim {
  /** On the wire; port 0 asks for a dynamic one. */
  readonly address: InternetAddress;
  /** An AF_INET6 socket without IPV6_V6ONLY: its wildcard covers IPv4 too. */
  readonly dual: boolean;
  readonly sharing: Sharing;
}

/** A claim that was granted: its address has a port, and is held until it is released. */
export interface HeldPort extends Claim {
  release(): void;
}

interface Binding<Owner> extends HeldPort {
  readonly owner: Owner;
}

/** The dynamic ports of Windows since Vista. */
export const DYNAMIC_PORTS = { first: 49_152, last: 65_535 } as const;

type Verdict = 'ok' | Extract<WsaName, 'WSAEADDRINUSE' | 'WSAEACCES'>;
const INUSE = 'WSAEADDRINUSE';
const ACCES = 'WSAEACCES';

/**
 * The table of the page above: rows are the first bind, columns the second, in the order default wildcard,
 * default specific, SO_REUSEADDR wildcard and specific, SO_EXCLUSIVEADDRUSE wildcard and specific. The last
 * two rows are the page's sentence about connections that outlive an exclusive listener.
 */
const VERDICTS: Readonly<Record<`${Sharing} ${'wildcard' | 'specific'}`, readonly Verdict[]>> = {
  'default wildcard': [INUSE, 'ok', ACCES, 'ok', INUSE, 'ok'],
  'default specific': ['ok', INUSE, 'ok', ACCES, INUSE, INUSE],
  'reuse wildcard': [INUSE, 'ok', 'ok', 'ok', INUSE, 'ok'],
  'reuse specific': ['ok', INUSE, 'ok', 'ok', INUSE, INUSE],
  'exclusive wildcard': [INUSE, ACCES, ACCES, ACCES, INUSE, ACCES],
  'exclusive specific': ['ok', INUSE, 'ok', ACCES, INUSE, INUSE],
  'connection wildcard': ['ok', 'ok', 'ok', 'ok', INUSE, INUSE],
  'connection specific': ['ok', 'ok', 'ok', 'ok', INUSE, INUSE],
};
const COLUMNS: readonly Sharing[] = ['default', 'reuse', 'exclusive'];

const familiesOf = (claim: Claim): readonly InternetAddress['family'][] =>
  claim.dual && claim.address.family === 'AF_INET6' && isWildcard(claim.address)
    ? ['AF_INET', 'AF_INET6']
    : [claim.address.family];

const verdict = (first: Claim, second: Claim): Verdict => {
  const secondFamilies = familiesOf(second);
  if (!familiesOf(first).some((family) => secondFamilies.includes(family))) return 'ok';
  const [firstIsWild, secondIsWild] = [isWildcard(first.address), isWildcard(second.address)];
  if (!firstIsWild && !secondIsWild && first.address.address !== second.address.address) return 'ok';
  const row = VERDICTS[`${first.sharing} ${firstIsWild ? 'wildcard' : 'specific'}`];
  return row[2 * COLUMNS.indexOf(second.sharing) + (secondIsWild ? 0 : 1)] ?? 'ok';
};

export class Bindings<Owner> {
  readonly #byPort = new Map<number, Set<Binding<Owner>>>();
  #nextDynamic: number = DYNAMIC_PORTS.first;

  /** WSAEADDRINUSE or WSAEACCES when held by another; WSAENOBUFS when no dynamic port is free. */
  claim(owner: Owner, claim: Claim, call: string): Outcome<HeldPort> {
    if (claim.address.port === 0) {
      const port = this.#freeDynamicPort();
      if (port === undefined) return fail('WSAENOBUFS', call, { detail: 'no dynamic port is free.' });
      return ok(this.hold(owner, { ...claim, address: { ...claim.address, port } }));
    }
    for (const held of this.#byPort.get(claim.address.port) ?? []) {
      const answer = verdict(held, claim);
      if (answer !== 'ok') return fail(answer, call);
    }
    return ok(this.hold(owner, claim));
  }

  /** Enters without asking: for what has won its port in another way. */
  hold(owner: Owner, claim: Claim): HeldPort {
    const binding: Binding<Owner> = { ...claim, owner, release: () => this.#release(binding) };
    const held = this.#byPort.get(claim.address.port) ?? new Set();
    this.#byPort.set(claim.address.port, held.add(binding));
    return binding;
  }

  /**
   * The owners that something sent to that address may go to: holders of exactly that address before
   * wildcards, earlier before later. (Windows leaves the order among equals open.)
   */
  at(to: InternetAddress): Owner[] {
    const [specific, wild]: [Owner[], Owner[]] = [[], []];
    for (const held of this.#byPort.get(to.port) ?? []) {
      if (!familiesOf(held).includes(to.family)) continue;
      if (isWildcard(held.address)) wild.push(held.owner);
      else if (held.address.address === to.address) specific.push(held.owner);
    }
    return [...specific, ...wild];
  }

  #release(binding: Binding<Owner>): void {
    const held = this.#byPort.get(binding.address.port);
    held?.delete(binding);
    if (held?.size === 0) this.#byPort.delete(binding.address.port);
  }

  #freeDynamicPort(): number | undefined {
    const { first, last } = DYNAMIC_PORTS;
    for (let tried = first; tried <= last; tried++) {
      const port = this.#nextDynamic;
      this.#nextDynamic = port === last ? first : port + 1;
      if (!this.#byPort.has(port)) return port;
    }
    return undefined;
  }
}
