import { ipv4Bytes, ipv6Bytes, isAddressOf } from '../../winsock/addresses.js';
import type { Membership } from '../../winsock/options.js';
import { done, fail } from '../../winsock/outcome.js';
import { type NativeOption, setNativeBytes } from './native-options.js';
import { membershipOf, type OptionRow } from './option-rows.js';

/** Multicast groups: struct ip_mreqn, ip_mreq_source (ip(7)) and ipv6_mreq (ipv6(7)) of Linux. */

const MOST_INDEX = 0x7fffffff;

const literal4 = (text: string): Uint8Array => {
  if (!isAddressOf('AF_INET', text)) throw new RangeError(`no AF_INET literal: ${JSON.stringify(text)}`);
  return ipv4Bytes(text);
};

const literal6 = (text: string): Uint8Array => {
  if (!isAddressOf('AF_INET6', text)) throw new RangeError(`no AF_INET6 literal: ${JSON.stringify(text)}`);
  return ipv6Bytes(text);
};

const ANY = '0.0.0.0';

/** Group, address, index. */
const mreqn = (m: Membership): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.set(literal4(m.multicastAddress), 0);
  bytes.set(literal4(m.interfaceAddress ?? ANY), 4);
  bytes.writeInt32LE(m.interfaceIndex ?? 0, 8);
  return bytes;
};

/** Group, address, source: Windows has the last two the other way round. */
const mreqSource = (m: Membership): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.set(literal4(m.multicastAddress), 0);
  bytes.set(literal4(m.interfaceAddress ?? ANY), 4);
  bytes.set(literal4(m.sourceAddress ?? ANY), 8);
  return bytes;
};

const mreq6 = (m: Membership): Buffer => {
  const bytes = Buffer.alloc(20);
  bytes.set(literal6(m.multicastAddress), 0);
  bytes.writeInt32LE(m.interfaceIndex ?? 0, 16);
  return bytes;
};

/** Can only be set: nothing tells which groups a socket is in. */
export const membershipRow = (name: NativeOption, on: OptionRow['on']): OptionRow => ({
  on,
  set: (stack, socket, value) => {
    const membership = membershipOf(value);
    const { interfaceIndex = 0, sourceAddress } = membership;
    if (interfaceIndex < 0 || interfaceIndex > MOST_INDEX) return fail('WSAEINVAL', 'setsockopt');
    // ip_mreq_source of Linux has no place for it.
    if (sourceAddress !== undefined && interfaceIndex > 0) {
      return fail('WSAEINVAL', 'setsockopt', { detail: 'with a source, name the interface by its address.' });
    }
    const isIpv6 = socket.family === 'AF_INET6';
    const bytes = isIpv6
      ? mreq6(membership)
      : sourceAddress === undefined
        ? mreqn(membership)
        : mreqSource(membership);
    const set = setNativeBytes(stack, socket.fd, name, bytes, 'setsockopt');
    return set.ok ? done : set;
  },
});
