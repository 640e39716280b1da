/** Which socket holds which local address and port of one lab transport. */
import { type Claim, sharingVerdict } from '../../winsock/address-sharing.js';
import type { InternetAddress } from '../../winsock/addresses.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { isWildcard } from './endpoints.js';

/** A granted claim: its address has a port, and is held until it is released. */
export interface HeldPort extends Claim {
  release(): void;
}

interface Binding<Owner> extends HeldPort {
  readonly owner: Owner;
}

/** The dynamic ports of Windows since Vista. */
export const DYNAMIC_PORTS = { first: 49_152, last: 65_535 } as const;

export class Bindings<Owner> {
  readonly #byPort = new Map<number, Set<Binding<Owner>>>();
  #nextDynamic: number = DYNAMIC_PORTS.first;

  /** WSAEADDRINUSE or WSAEACCES when another socket holds it; WSAENOBUFS when no dynamic port is free. */
  claim(owner: Owner, claim: Claim, call: string): Outcome<HeldPort> {
    if (claim.address.port === 0) {
      const port = this.#freeDynamicPort();
      if (port === undefined) return fail('WSAENOBUFS', call, { detail: 'no dynamic port is free.' });
      return ok(this.hold(owner, { ...claim, address: { ...claim.address, port } }));
    }
    for (const held of this.#byPort.get(claim.address.port) ?? []) {
      const answer = sharingVerdict(held, claim);
      if (answer !== 'ok') return fail(answer, call);
    }
    return ok(this.hold(owner, claim));
  }

  /** Records a claim without a check. Accepted connections use it, since they share their listener's port. */
  hold(owner: Owner, claim: Claim): HeldPort {
    const binding: Binding<Owner> = { ...claim, owner, release: () => this.#release(binding) };
    const held = this.#byPort.get(claim.address.port) ?? new Set();
    this.#byPort.set(claim.address.port, held.add(binding));
    return binding;
  }

  /**
   * The sockets that can receive at that address, in order: those bound to exactly the address, those bound
   * to the wildcard of its family, those bound to a dual-stack wildcard; within each, earlier ones first.
   */
  at(to: InternetAddress): Owner[] {
    const [specific, wild, dual]: [Owner[], Owner[], Owner[]] = [[], [], []];
    for (const { address, owner, dual: isDual } of this.#byPort.get(to.port) ?? []) {
      if (address.family === to.family) {
        if (isWildcard(address)) wild.push(owner);
        else if (address.address === to.address) specific.push(owner);
      } else if (isDual && address.family === 'AF_INET6' && isWildcard(address)) dual.push(owner);
    }
    return [...specific, ...wild, ...dual];
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
