import type { InternetAddress } from '../../../winsock/addresses.js';
import { capturedOf, type Entry, happened, hasFlag, type SocketLife } from '../socket-life.js';
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
    const local = localOf(entry.localAddress ?? this.#life.localAddress, remote);
    const packet = (from: InternetAddress, to: InternetAddress, length: number): CallPacket => {
      const captured = capturedOf(entry, length);
      return { packet: udpPacket(from, to, captured, length - captured.length) };
    };
    if (bytesSent !== undefined) yield packet(local, remote, bytesSent);
    // What was only looked at, or went back, is received by another call.
    if (bytesReceived === undefined || hasFlag(entry, 'MSG_PEEK') || entry.undelivered) return;
    yield packet(remote, local, bytesReceived);
  }

  *ended(): Generator<Packet> {}
}
