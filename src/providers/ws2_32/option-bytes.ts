/** The bytes of option values: BOOL, int and DWORD take four, LINGER is two unsigned shorts. */
import { ipv4Bytes, ipv6Bytes, isAddressOf } from '../../winsock/addresses.js';
import {
  isLinger,
  isMembership,
  type Linger,
  type Membership,
  type OptionType,
  type OptionValue,
} from '../../winsock/options.js';

export const OPTION_BYTES = 4;

const isInteger = (value: OptionValue, min: number, max: number): value is number =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;

/**
 * @returns the bytes, four except for structures; undefined for a value of another type or out of range
 *   (WSAEINVAL), and for types that cannot be set
 */
export const encodeOption = (type: OptionType, value: OptionValue): Buffer | undefined => {
  const bytes = Buffer.alloc(OPTION_BYTES);
  switch (type) {
    case 'BOOL':
      if (typeof value !== 'boolean') return undefined;
      bytes.writeUInt32LE(value ? 1 : 0);
      return bytes;
    case 'int':
      if (!isInteger(value, -0x80000000, 0x7fffffff)) return undefined;
      bytes.writeInt32LE(value);
      return bytes;
    case 'DWORD':
      if (!isInteger(value, 0, 0xffffffff)) return undefined;
      bytes.writeUInt32LE(value);
      return bytes;
    case 'LINGER':
      return isLinger(value) && isInteger(value.linger, 0, 0xffff) ? encodeLinger(value) : undefined;
    case 'ip_mreq':
      return isMembership(value) ? encodeMembership4(value, false) : undefined;
    case 'ip_mreq_source':
      return isMembership(value) ? encodeMembership4(value, true) : undefined;
    case 'ipv6_mreq':
      return isMembership(value) ? encodeMembership6(value) : undefined;
    case 'WSAPROTOCOL_INFO':
      return undefined;
  }
};

/** struct linger of winsock2.h: u_short l_onoff, u_short l_linger (seconds). */
export const encodeLinger = (value: Linger): Buffer => {
  const bytes = Buffer.alloc(OPTION_BYTES);
  bytes.writeUInt16LE(value.onoff ? 1 : 0, 0);
  bytes.writeUInt16LE(value.linger, 2);
  return bytes;
};

/** An interface index in place of an address is 0.x.x.x, so it has three bytes. */
const MOST_INDEX = 0xffffff;

/**
 * struct ip_mreq: group, interface. struct ip_mreq_source: group, source, interface.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/ns-ws2ipdef-ip_mreq_source
 */
const encodeMembership4 = (m: Membership, withSource: boolean): Buffer | undefined => {
  const { multicastAddress, interfaceAddress, interfaceIndex = 0, sourceAddress } = m;
  const addresses = [multicastAddress, ...(withSource ? [sourceAddress ?? ''] : [])];
  if (interfaceAddress !== undefined) addresses.push(interfaceAddress);
  if (!addresses.every((text) => isAddressOf('AF_INET', text))) return undefined;
  const bytes = Buffer.alloc(withSource ? 12 : 8);
  addresses.forEach((text, i) => {
    bytes.set(ipv4Bytes(text), 4 * i);
  });
  if (interfaceAddress !== undefined) return bytes;
  if (!isInteger(interfaceIndex, 0, MOST_INDEX)) return undefined;
  bytes.writeUInt32BE(interfaceIndex, bytes.length - 4);
  return bytes;
};

/** struct ipv6_mreq: group, interface index. */
const encodeMembership6 = ({ multicastAddress, interfaceIndex = 0 }: Membership): Buffer | undefined => {
  if (!isAddressOf('AF_INET6', multicastAddress) || !isInteger(interfaceIndex, 0, 0xffffffff))
    return undefined;
  const bytes = Buffer.alloc(20);
  bytes.set(ipv6Bytes(multicastAddress), 0);
  bytes.writeUInt32LE(interfaceIndex, 16);
  return bytes;
};

/**
 * @param bytes four bytes, zero before the call: some options fill only the first
 * @throws TypeError for a type that no readable option has
 */
export const decodeOption = (type: OptionType, bytes: Buffer): OptionValue => {
  switch (type) {
    case 'BOOL':
      return bytes.readUInt32LE(0) !== 0;
    case 'int':
      return bytes.readInt32LE(0);
    case 'DWORD':
      return bytes.readUInt32LE(0);
    case 'LINGER':
      return { onoff: bytes.readUInt16LE(0) !== 0, linger: bytes.readUInt16LE(2) };
    default:
      throw new TypeError(`no option of type ${type} is read`);
  }
};
