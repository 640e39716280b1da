import {
  ipv4Bytes,
  ipv4Text,
  ipv6Bytes,
  ipv6Text,
  isMulticast,
  mappedIpv4,
} from '../../winsock/addresses.js';
import { MESSAGE_FLAGS } from '../../winsock/constants.js';
import { type ControlObject, dwordData, packed, unpacked } from '../../winsock/control-data.js';
import {
  type ControlMessage,
  familyOfType,
  isPacketInfo,
  type PacketFacts,
  type PacketInfo,
  withEcn,
} from '../../winsock/control-messages.js';

/** Control messages in the types of Linux: ip(7), ipv6(7). */

const LEVEL = { AF_INET: 0, AF_INET6: 41 } as const;
const OF_IPV4 = { pktinfo: 8, hops: 2, trafficClass: 1 } as const;
const OF_IPV6 = { pktinfo: 50, hops: 52, trafficClass: 67 } as const;

/** struct in_pktinfo: index, local address, destination. The local address is the source to send from. */
const pktinfo4 = ({ address, interfaceIndex }: PacketInfo): Buffer => {
  const data = Buffer.alloc(12);
  data.writeInt32LE(interfaceIndex | 0, 0);
  data.set(ipv4Bytes(address), 4);
  return data;
};

/** struct in6_pktinfo, the same on both systems. */
const pktinfo6 = ({ address, interfaceIndex }: PacketInfo): Buffer => {
  const data = Buffer.alloc(20);
  data.set(ipv6Bytes(address), 0);
  data.writeInt32LE(interfaceIndex | 0, 16);
  return data;
};

/**
 * Encodes messages that `canBeSent` accepts. Linux has no message for ECN alone, which is part of the
 * traffic class.
 *
 * @param ownClass returns the default traffic class of the socket
 */
export const encodeControl = (control: readonly ControlMessage[], ownClass: () => number): Buffer => {
  const objects: ControlObject[] = [];
  let trafficClass: number | undefined;
  let ecn: number | undefined;
  let is4 = true;
  for (const message of control) {
    is4 = familyOfType(message.type) === 'AF_INET';
    const { pktinfo, hops } = is4 ? OF_IPV4 : OF_IPV6;
    const level = is4 ? LEVEL.AF_INET : LEVEL.AF_INET6;
    if (isPacketInfo(message)) {
      objects.push({ level, type: pktinfo, data: is4 ? pktinfo4(message) : pktinfo6(message) });
    } else if ('value' in message) {
      const { type, value } = message;
      if (type === 'IP_TTL' || type === 'IPV6_HOPLIMIT') {
        objects.push({ level, type: hops, data: dwordData(value) });
      } else if (type === 'IP_TOS' || type === 'IPV6_TCLASS') trafficClass = value;
      else ecn = value;
    }
  }
  if (ecn !== undefined) trafficClass = withEcn(trafficClass ?? ownClass(), ecn);
  if (trafficClass !== undefined) {
    const [level, type] = is4
      ? [LEVEL.AF_INET, OF_IPV4.trafficClass]
      : [LEVEL.AF_INET6, OF_IPV6.trafficClass];
    objects.push({ level, type, data: dwordData(trafficClass) });
  }
  return packed(objects);
};

/** The content of Linux control data for a datagram. */
export interface ReceivedFacts extends PacketFacts {
  /**
   * The local address that received it, where Linux reports it; for a broadcast this is not the destination.
   */
  readonly localAddress?: string;
}

/** @param family the family of the socket, used where the control data has none */
export const decodeControl = (bytes: Buffer, family: PacketFacts['family']): ReceivedFacts => {
  let arrived: ReceivedFacts = { family };
  for (const { level, type, data } of unpacked(bytes)) {
    if (level === LEVEL.AF_INET) arrived = { ...arrived, family: 'AF_INET', ...decodeIpv4(type, data) };
    else if (level === LEVEL.AF_INET6) arrived = { ...arrived, ...decodeIpv6(type, data) };
  }
  return arrived;
};

const decodeIpv4 = (type: number, data: Buffer): Partial<ReceivedFacts> => {
  switch (type) {
    case OF_IPV4.pktinfo:
      return {
        interfaceIndex: data.readInt32LE(0),
        localAddress: ipv4Text(data.subarray(4)),
        address: ipv4Text(data.subarray(8)),
      };
    case OF_IPV4.hops:
      return { hops: data.readInt32LE(0) };
    case OF_IPV4.trafficClass: // one byte
      return { trafficClass: data.readUInt8(0) };
    default:
      return {};
  }
};

/** For a datagram that came over IPv4 Linux reports the mapped address here; Winsock reports IPv4. */
const decodeIpv6 = (type: number, data: Buffer): Partial<ReceivedFacts> => {
  switch (type) {
    case OF_IPV6.pktinfo: {
      const address = ipv6Text(data);
      const mapped = mappedIpv4(address);
      const interfaceIndex = data.readInt32LE(16);
      return mapped === undefined
        ? { family: 'AF_INET6', address, interfaceIndex }
        : { family: 'AF_INET', address: mapped, interfaceIndex };
    }
    case OF_IPV6.hops:
      return { hops: data.readInt32LE(0) };
    case OF_IPV6.trafficClass:
      return { trafficClass: data.readInt32LE(0) };
    default:
      return {};
  }
};

const UNKNOWN = '0.0.0.0';

/** MSG_BCAST or MSG_MCAST, derived from the destination: Linux does not have these flags. */
export const flagsOf = ({ family, address, localAddress = UNKNOWN }: ReceivedFacts): number => {
  if (address === undefined) return 0;
  if (isMulticast({ family, address })) return MESSAGE_FLAGS.MSG_MCAST;
  const isOther = localAddress !== UNKNOWN && localAddress !== address;
  return isOther || address === '255.255.255.255' ? MESSAGE_FLAGS.MSG_BCAST : 0;
};
