import { ipv4Text, ipv6Bytes } from '../../winsock/addresses.js';

/** A format of IPv6 addresses that contain IPv4 addresses: its prefix, and where the IPv4 addresses are. */
interface Embedding {
  /** Leading bytes. */
  readonly prefix: readonly number[];
  /** Where the four bytes of each address begin; empty if that is unknown. */
  readonly at: readonly number[];
  /** The one of these positions whose address has inverted bits. */
  readonly inverted?: number;
}

const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);

const EMBEDDINGS: readonly Embedding[] = [
  // IPv4-mapped and IPv4-compatible: RFC 4291, 2.5.5.
  { prefix: [...zeros(10), 0xff, 0xff], at: [12] },
  { prefix: zeros(12), at: [12] },
  // IPv4-translated: RFC 2765, 2.1.
  { prefix: [...zeros(8), 0xff, 0xff, 0, 0], at: [12] },
  // NAT64: the well-known prefix (RFC 6052, 2.1), and the local-use one (RFC 8215), whose length is unknown.
  { prefix: [0, 0x64, 0xff, 0x9b, ...zeros(8)], at: [12] },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: [] },
  // 6to4: RFC 3056, 2.
  { prefix: [0x20, 0x02], at: [2] },
  // Teredo, its server and its client: RFC 4380, 4.
  { prefix: [0x20, 0x01, 0, 0], at: [4, 12], inverted: 12 },
];

/** The interface identifier of ISATAP: RFC 5214, 6.1. Its first byte may have the universal bit. */
const isIsatap = (bytes: Uint8Array): boolean =>
  (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;

/**
 * The IPv4 addresses that an IPv6 address leads to through a transition mechanism: what is sent there may be
 * carried over IPv4. Empty if there is none; undefined if there is one that cannot be determined.
 */
export const embeddedIpv4 = (address: string): readonly string[] | undefined => {
  const bytes = ipv6Bytes(address);
  // :: and ::1 are addresses of their own.
  if (bytes.subarray(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) <= 1) return [];
  const found = EMBEDDINGS.find(({ prefix }) => prefix.every((byte, i) => bytes[i] === byte));
  if (found === undefined) return isIsatap(bytes) ? [ipv4Text(bytes.subarray(12))] : [];
  if (found.at.length === 0) return undefined;
  return found.at.map((at) => {
    const four = bytes.subarray(at, at + 4);
    return ipv4Text(at === found.inverted ? four.map((byte) => byte ^ 0xff) : four);
  });
};
