import { ipv4Bytes, ipv6Bytes, isAddressOf } from '../../winsock/addresses.js';
import { type Membership, OPTIONS, type OptionName } from '../../winsock/options.js';
import { fail } from '../../winsock/outcome.js';
import { type NativeOption, setNativeBytes } from './native-options.js';
import { membershipOf, type OptionRow } from './option-rows.js';

/** Multicast groups: struct ip_mreqn, ip_mreq_source (ip(7)) and ipv6_mreq (ipv6(7)) of Linux. */

const MOST_INDEX = 0x7fffffff;

const literal = (family: 'AF_INET' | 'AF_INET6', text: string): Uint8Array => {
  if (!isAddressOf(family, text)) throw new RangeError(`no ${family} literal: ${JSON.stringify(text)}`);
  return family === 'AF_INET' ? ipv4Bytes(text) : ipv6Bytes(text);
};

const ANY = '0.0.0.0';

/**
 * Group, address, and the index or the source. Windows has the address and the source in the opposite order.
 */
const mreq4 = (m: Membership): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.set(literal('AF_INET', m.multicastAddress), 0);
  bytes.set(literal('AF_INET', m.interfaceAddress ?? ANY), 4);
  if (m.sourceAddress === undefined) bytes.writeInt32LE(m.interfaceIndex ?? 0, 8);
  else bytes.set(literal('AF_INET', m.sourceAddress), 8);
  return bytes;
};

const mreq6 = (m: Membership): Buffer => {
  const bytes = Buffer.alloc(20);
  bytes.set(literal('AF_INET6', m.multicastAddress), 0);
  bytes.writeInt32LE(m.interfaceIndex ?? 0, 16);
  return bytes;
};

/** Can only be set: the groups of a socket cannot be read. */
export const membershipRow = (name: NativeOption & OptionName, on: OptionRow['on']): OptionRow => ({
  on,
  set: (stack, socket, value) => {
    const membership = membershipOf(value);
    const { interfaceIndex = 0, sourceAddress } = membership;
    if (interfaceIndex < 0 || interfaceIndex > MOST_INDEX) return fail('WSAEINVAL', 'setsockopt');
    // ip_mreq_source of Linux has no member for the index.
    if (sourceAddress !== undefined && interfaceIndex > 0) {
      return fail('WSAEINVAL', 'setsockopt', { detail: 'with a source, name the interface by its address.' });
    }
    const bytes = OPTIONS[name].level === 'IPPROTO_IPV6' ? mreq6(membership) : mreq4(membership);
    return setNativeBytes(stack, socket.fd, name, bytes, 'setsockopt');
  },
});
