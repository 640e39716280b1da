import { type InternetAddress, isAnyAddress } from '../../../winsock/addresses.js';
import {
  capturedBytes,
  type Entry,
  effectOf,
  hasFlag,
  parameter,
  type SocketLife,
  wentBack,
} from '../socket-life.js';
import { endpoint, localOf } from './local-end.js';
import type { CallPacket, PacketSource } from './packet-source.js';
import { type Packet, udpPacket } from './packets.js';

/** The packets of a datagram socket: one for each send and receive, to or from any peer. */
export class DatagramPackets implements PacketSource {
  readonly #life: SocketLife;
  /** The peer that connect set last; until such a call in the journal, the socket's remote address. */
  #peer: InternetAddress | undefined;

  constructor(life: SocketLife) {
    this.#life = life;
    this.#peer = endpoint(life.remoteAddress);
  }

  *packetsOf(entry: Entry): Generator<CallPacket> {
    if (effectOf(entry) !== 'done') return;
    if (entry.op.does === 'connects') this.#peer = endpoint(entry.remoteAddress);
    const { bytesSent, bytesReceived } = entry;
    const remote = endpoint(entry.remoteAddress) ?? this.#peer;
    if (!remote) return;
    const local = sourceOf(entry, localOf(entry.localAddress ?? this.#life.localAddress, remote));
    const packet = (from: InternetAddress, to: InternetAddress, length: number): CallPacket => {
      const captured = capturedBytes(entry, length);
      return { packet: udpPacket(from, to, captured, length - captured.length) };
    };
    if (bytesSent !== undefined) yield packet(local, remote, bytesSent);
    // A datagram that was peeked at, or went back to the socket, is received by a later call.
    if (bytesReceived === undefined || hasFlag(entry, 'MSG_PEEK') || wentBack(entry)) return;
    yield packet(remote, local, bytesReceived);
  }

  *ended(): Generator<Packet> {}
}

/** The source address in the control data of a send; without one, the local address. */
const sourceOf = (entry: Entry, local: InternetAddress): InternetAddress => {
  const control = parameter(entry, 'control');
  for (const { type, address } of Array.isArray(control) ? control.map(Object) : []) {
    const family = type === 'IPV6_PKTINFO' ? 'AF_INET6' : 'AF_INET';
    const named = { family, address: String(address), port: local.port } as const;
    if (address !== undefined && !isAnyAddress(named)) return named;
  }
  return local;
};
