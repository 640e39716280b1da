import type { InternetAddress } from '../../winsock/addresses.js';
import { Bindings } from './bindings.js';
import type { LabClock } from './clock.js';
import type { Datagram } from './datagram-queue.js';
import { isBroadcast, isBroadcastOrMulticast } from './endpoints.js';
import { LabLink } from './link.js';
import type { ListenQueue } from './listen-queue.js';
import { BOUNDLESS, type Memory } from './memory.js';

export interface StreamOwner {
  /** undefined while the socket does not listen. */
  readonly acceptor: ListenQueue | undefined;
  /** Whether it has a connection to that address, or a pending connect. */
  isConnectedTo(peer: InternetAddress): boolean;
}

export interface DatagramOwner {
  /**
   * Queues a datagram, or discards it for lack of room; false when the socket is connected to another peer.
   */
  deliver(datagram: Datagram): boolean;
  /** Whether it has joined that multicast group. */
  isMemberOf(group: InternetAddress): boolean;
}

/**
 * A network in memory with one host, which owns every address outside the unreachable networks. Providers
 * that share a network reach each other.
 */
export class LabNetwork<Clock extends LabClock = LabClock> {
  readonly clock: Clock;
  readonly link: LabLink;
  /** The account of what the network keeps. */
  readonly memory: Memory;
  readonly #streams = new Map<number, Bindings<StreamOwner>>();
  readonly #datagrams = new Map<number, Bindings<DatagramOwner>>();

  /** @param options.memory accounts for what it keeps; without it there is no limit */
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

  /** The queue of the listener at that address; undefined when there is none and the connect is refused. */
  acceptorAt(protocol: number, to: InternetAddress): ListenQueue | undefined {
    for (const owner of this.streams(protocol).at(to)) if (owner.acceptor) return owner.acceptor;
    return undefined;
  }

  /**
   * Delivers a datagram to the first socket at the address that takes it. A broadcast goes to every socket
   * at the port, a multicast to those that have joined the group.
   *
   * @param unreachable called when no socket takes a unicast datagram
   */
  carry(protocol: number, datagram: Datagram, to: InternetAddress, unreachable: () => void): void {
    this.link.passOrLose(datagram.data.length, () => {
      const owners = this.datagrams(protocol).at(to);
      if (isBroadcastOrMulticast(to)) {
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
