import { type InternetAddress, isAnyAddress } from '../../../winsock/addresses.js';
import {
  capturedOf,
  type Entry,
  happened,
  hasFlag,
  parameter,
  type SocketLife,
  wentBack,
} from '../socket-life.js';
import { endpoint, localOf } from './local-end.js';
import { type Packet, udpPacket } from './packets.js';
import type { CallPacket, PacketSource } from './sent-packet.js';

/** A datagram socket: each send and receive is one packet, to or from whichever peer. */
export class Datagrams implements PacketSource {
  readonly #life: SocketLife;
  /** The peer that connect set last; where that was dropped from the journal, the last that is known. */
  #peer: InternetAddress | undefined;

  constructor(life: SocketLife) {
    this.#life = life;
    this.#peer = endpoint(life.remoteAddress);
  }

  *packetsOf(entry: Entry): Generator<CallPacket> {
    if (happened(entry) !== 'done') return;
    if (entry.op.does === 'connects') this.#peer = endpoint(entry.remoteAddress);
    const { bytesSent, bytesReceived } = entry;
    const remote = endpoint(entry.remoteAddress) ?? this.#peer;
    if (!remote) return;
    const local = sourceOf(entry, localOf(entry.localAddress ?? this.#life.localAddress, remote));
    const packet = (from: InternetAddress, to: InternetAddress, length: number): CallPacket => {
      const captured = capturedOf(entry, length);
      return { packet: udpPacket(from, to, captured, length - captured.length) };
    };
    if (bytesSent !== undefined) yield packet(local, remote, bytesSent);
    // What was only looked at, or went back, is received by another call.
    if (bytesReceived === undefined || hasFlag(entry, 'MSG_PEEK') || wentBack(entry)) return;
    yield packet(remote, local, bytesReceived);
  }

  *ended(): Generator<Packet> {}
}

/** The source that a send named in its control data, in place of the address of the socket. */
const sourceOf = (entry: Entry, local: InternetAddress): InternetAddress => {
  const control = parameter(entry, 'control');
  for (const { type, address } of Array.isArray(control) ? control.map(Object) : []) {
    const family = type === 'IPV6_PKTINFO' ? 'AF_INET6' : 'AF_INET';
    const named = { family, address: String(address), port: local.port } as const;
    if (address !== undefined && !isAnyAddress(named)) return named;
  }
  return local;
};
