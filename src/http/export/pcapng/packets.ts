import { type InternetAddress, ipv4Bytes, ipv6Bytes, mappedIpv4 } from '../../../winsock/addresses.js';

/** Flags of a TCP segment (RFC 9293, section 3.1). */
export const TCP = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10, URG: 0x20 } as const;

const PROTOCOL = { tcp: 6, udp: 17 } as const;
const HOPS = 64;
const WINDOW = 0xffff;
/** Option 2, length 4: the maximum segment size. */
const MSS_OPTION = [2, 4] as const;

/** An IP packet of which only a part of the payload may be known. */
export interface Packet {
  /** The headers and the captured payload. */
  readonly bytes: Buffer;
  /** The length on the wire, which includes payload that was not captured. */
  readonly length: number;
}

export interface Segment {
  readonly from: InternetAddress;
  readonly to: InternetAddress;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** The captured payload. */
  readonly payload?: Uint8Array;
  /** How many bytes of payload follow that were not captured. */
  readonly uncaptured?: number;
  /** Only with SYN: the maximum segment size. */
  readonly mss?: number;
  /** Only with URG: the offset of the byte after the urgent one. */
  readonly urgent?: number;
}

/** A TCP segment in its IP packet. The checksum counts bytes that were not captured as zeros. */
export const tcpPacket = ({
  from,
  to,
  seq,
  ack,
  flags,
  payload = EMPTY,
  uncaptured = 0,
  mss,
  urgent = 0,
}: Segment): Packet => {
  const headerLength = mss === undefined ? 20 : 24;
  const tcp = Buffer.alloc(headerLength + payload.length);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(seq >>> 0, 4);
  tcp.writeUInt32BE(flags & TCP.ACK ? ack >>> 0 : 0, 8);
  tcp[12] = (headerLength / 4) << 4;
  tcp[13] = flags;
  tcp.writeUInt16BE(WINDOW, 14);
  tcp.writeUInt16BE(urgent, 18);
  if (mss !== undefined) {
    tcp.set(MSS_OPTION, 20);
    tcp.writeUInt16BE(mss, 22);
  }
  tcp.set(payload, headerLength);
  return ipPacket(from, to, PROTOCOL.tcp, tcp, uncaptured, 16);
};

/**
 * A UDP datagram in its IP packet. The checksum counts bytes that were not captured as zeros.
 *
 * @param payload the captured payload
 * @param uncaptured how many bytes of payload follow that were not captured
 */
export const udpPacket = (
  from: InternetAddress,
  to: InternetAddress,
  payload: Uint8Array,
  uncaptured: number,
): Packet => {
  const udp = Buffer.alloc(8 + payload.length);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(udp.length + uncaptured, 4);
  udp.set(payload, 8);
  return ipPacket(from, to, PROTOCOL.udp, udp, uncaptured, 6);
};

const EMPTY = new Uint8Array();

/** Puts an IP header before a segment, and the checksum into the segment. */
const ipPacket = (
  source: InternetAddress,
  target: InternetAddress,
  protocol: number,
  segment: Buffer,
  uncaptured: number,
  checksumAt: number,
): Packet => {
  const length = segment.length + uncaptured;
  const [from, to] = [onWire(source), onWire(target)];
  const is6 = from.family === 'AF_INET6' || to.family === 'AF_INET6';
  const addresses = Buffer.concat([from, to].map((one) => addressBytes(one, is6)));
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(length, 0);
  pseudo[7] = protocol;
  const sum = checksum(addresses, pseudo, segment);
  // UDP: a computed zero is sent as ones, because zero means that there is none (RFC 768).
  segment.writeUInt16BE(protocol === PROTOCOL.udp && sum === 0 ? 0xffff : sum, checksumAt);
  const bytes = Buffer.concat([
    is6 ? ipv6Header(protocol, length) : ipv4Header(protocol, length, addresses),
    addresses,
    segment,
  ]);
  return { bytes, length: bytes.length + uncaptured };
};

/** The address on the wire: the mapped address `::ffff:192.0.2.1` of a dual-stack socket is IPv4 there. */
const onWire = (given: InternetAddress): InternetAddress => {
  const mapped = given.family === 'AF_INET6' ? mappedIpv4(given.address) : undefined;
  return mapped === undefined ? given : { family: 'AF_INET', address: mapped, port: given.port };
};

/** The IPv4 header (RFC 791) without its addresses, which are last. */
const ipv4Header = (protocol: number, length: number, addresses: Buffer): Buffer => {
  const header = Buffer.alloc(12);
  header[0] = 0x45;
  header.writeUInt16BE(20 + length, 2);
  // Never fragmented, so that no identification is needed (RFC 6864).
  header.writeUInt16BE(0x4000, 6);
  header[8] = HOPS;
  header[9] = protocol;
  header.writeUInt16BE(checksum(header, addresses), 10);
  return header;
};

/** The IPv6 header (RFC 8200) without its addresses, which are last. */
const ipv6Header = (protocol: number, length: number): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = protocol;
  header[7] = HOPS;
  return header;
};

const addressBytes = ({ family, address }: InternetAddress, is6: boolean): Uint8Array => {
  if (family === 'AF_INET6') return ipv6Bytes(address);
  return is6 ? ipv6Bytes(`::ffff:${address}`) : ipv4Bytes(address);
};

/** The Internet checksum (RFC 1071) over parts; each but the last has an even length. */
const checksum = (...parts: readonly Uint8Array[]): number => {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += ((part[i] ?? 0) << 8) | (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
};
