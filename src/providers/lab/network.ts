import type { InternetAddress } from '../../winsock/addresses.js';
import { Bindings } from './bindings.js';
import type { LabClock } from './clock.js';
import type { Datagram } from './datagram-queue.js';
import { isBroadcast, isToMany } from './endpoints.js';
import { LabLink } from './link.js';
import type { ListenQueue } from './listen-queue.js';
import { BOUNDLESS, type Memory } from './memory.js';

export interface StreamOwner {
  /** undefined while the socket does not listen. */
  readonly acceptor: ListenQueue | undefined;
  /** Whether it has, or is making, a connection to that address. */
  isTowards(peer: InternetAddress): boolean;
}

export interface DatagramOwner {
  /** Takes a datagram, or loses it for lack of room; false when it is connected to somebody else. */
  deliver(datagram: Datagram): boolean;
  /** Whether it has joined that multicast group. */
  isMemberOf(group: InternetAddress): boolean;
}

/**
 * An in-memory internet with one host, which owns every address but the unreachable networks. Providers that share a
 * network reach each other.
 */
export class LabNetwork<Clock extends LabClock = LabClock> {
  readonly clock: Clock;
  readonly link: LabLink;
  /** Where what it keeps counts. */
  readonly memory: Memory;
  readonly #streams = new Map<number, Bindings<StreamOwner>>();
  readonly #datagrams = new Map<number, Bindings<DatagramOwner>>();

  /** @param options.memory where what it keeps counts; without it, nowhere */
  constructor({ clock, memory = BOUNDLESS }: { clock: Clock; memory?: Memory }) {
    this.clock = clock;
    this.memory = memory;
    this.link = new LabLink(clock, memory);
  }

  /** The ports of a stream transport; each transport has its own. @param protocol iProtocol of its entries */
  streams(protocol: number): Bindings<StreamOwner> {
    return portsOf(this.#streams, protocol);
  }

  /** The ports of a datagram transport. */
  datagrams(protocol: number): Bindings<DatagramOwner> {
    return portsOf(this.#datagrams, protocol);
  }

  /** Who accepts connections at that address; undefined: nobody, the connect is refused. */
  acceptorAt(protocol: number, to: InternetAddress): ListenQueue | undefined {
    for (const owner of this.streams(protocol).at(to)) if (owner.acceptor) return owner.acceptor;
    return undefined;
  }

  /**
   * Brings a datagram to the first holder of the address that takes it. Where many are meant, to everybody with
   * that port: all of them, or the members of a group.
   *
   * @param unreachable told when nobody takes it, and one was meant
   */
  carry(protocol: number, datagram: Datagram, to: InternetAddress, unreachable: () => void): void {
    this.link.passOrLose(datagram.data.length, () => {
      const owners = this.datagrams(protocol).at(to);
      if (isToMany(to)) {
        for (const owner of owners) if (isBroadcast(to) || owner.isMemberOf(to)) owner.deliver(datagram);
      } else if (!owners.some((owner) => owner.deliver(datagram))) {
        this.link.pass(0, unreachable);
      }
    });
  }
}

const portsOf = <Owner>(transports: Map<number, Bindings<Owner>>, protocol: number): Bindings<Owner> => {
  const known = transports.get(protocol) ?? new Bindings<Owner>();
  transports.set(protocol, known);
  return known;
};
