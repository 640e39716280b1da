import { done, fail, ok } from '../../winsock/outcome.js';
import { membershipRow } from './memberships.js';
import { controlSwitch } from './messages.js';
import { setNative, setNativeBytes } from './native-options.js';
import {
  answeredAsSet,
  flagOf,
  integerOf,
  isInternet,
  isIpv4Datagram,
  isIpv6,
  isIpv6Datagram,
  nativeFlag,
  nativeNumber,
  type OptionRow,
  type OptionRows,
  speaksIpv4,
} from './option-rows.js';
import { DO, DONT, dontFragment, mtu, mtuDiscover } from './options-of-path-mtu.js';

/** The options of IPPROTO_IP and IPPROTO_IPV6. */

const INT_MAX = 0x7fffffff;

/** On by default. A socket of AF_INET has it too, without effect. */
const v6Only: OptionRow = {
  on: isInternet,
  get: (_stack, socket) => ok(socket.kept('IPV6_V6ONLY') ?? true),
  set: (stack, socket, value) => {
    if (socket.bound) return fail('WSAEINVAL', 'setsockopt');
    const flag = flagOf(value);
    const set = isIpv6(socket)
      ? setNative(stack, socket.fd, 'IPV6_V6ONLY', flag ? 1 : 0, 'setsockopt')
      : done;
    if (set.ok) socket.keep('IPV6_V6ONLY', flag);
    return set;
  },
};

/** Options of raw sockets, which this daemon does not have. */
const forRawSockets: OptionRow = { on: () => false };

/** Whether a number in network byte order is 0.x.x.x, which means an interface index. */
const isIndex = (dword: number): boolean => (dword & 0xff) === 0 && dword !== 0;

const swapped = (dword: number): number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(dword, 0);
  return bytes.readUInt32BE(0);
};

/** struct ip_mreqn of Linux (group, address, index) without a group. */
const multicastInterface = answeredAsSet('IP_MULTICAST_IF', {
  on: isIpv4Datagram,
  set: (stack, socket, value) => {
    const dword = integerOf(value);
    const bytes = Buffer.alloc(12);
    if (isIndex(dword)) bytes.writeInt32LE(swapped(dword), 8);
    else bytes.writeUInt32LE(dword, 4);
    return setNativeBytes(stack, socket.fd, 'IP_MULTICAST_IF', bytes, 'setsockopt');
  },
});

/** The interface for unicast, by its index; on both systems it is in network order for IPv4. */
const unicastInterface = (name: 'IP_UNICAST_IF' | 'IPV6_UNICAST_IF', on: OptionRow['on']): OptionRow =>
  answeredAsSet(name, {
    on,
    set: (stack, socket, value) => {
      const dword = integerOf(value);
      // Linux needs the index in network order for IPv6 too.
      const native = name === 'IP_UNICAST_IF' ? dword : swapped(dword);
      return setNative(stack, socket.fd, name, native | 0, 'setsockopt');
    },
  });

export const IP_OPTIONS: OptionRows = {
  IP_HDRINCL: forRawSockets,
  IP_TOS: nativeNumber('IP_TOS', speaksIpv4, 0, 255),
  IP_TTL: nativeNumber('IP_TTL', speaksIpv4, 1, 255),
  IP_MULTICAST_IF: multicastInterface,
  IP_MULTICAST_TTL: nativeNumber('IP_MULTICAST_TTL', isIpv4Datagram, 0, 255),
  IP_MULTICAST_LOOP: nativeFlag('IP_MULTICAST_LOOP', isIpv4Datagram),
  IP_ADD_MEMBERSHIP: membershipRow('IP_ADD_MEMBERSHIP', isIpv4Datagram),
  IP_DROP_MEMBERSHIP: membershipRow('IP_DROP_MEMBERSHIP', isIpv4Datagram),
  IP_ADD_SOURCE_MEMBERSHIP: membershipRow('IP_ADD_SOURCE_MEMBERSHIP', isIpv4Datagram),
  IP_DROP_SOURCE_MEMBERSHIP: membershipRow('IP_DROP_SOURCE_MEMBERSHIP', isIpv4Datagram),
  IP_BLOCK_SOURCE: membershipRow('IP_BLOCK_SOURCE', isIpv4Datagram),
  IP_UNBLOCK_SOURCE: membershipRow('IP_UNBLOCK_SOURCE', isIpv4Datagram),
  IP_DONTFRAGMENT: dontFragment('IP_DONTFRAGMENT', 'IP_MTU_DISCOVER', [DO, DONT], speaksIpv4),
  IP_PKTINFO: controlSwitch('IP_PKTINFO', 'IP_PKTINFO'),
  IP_RECVTTL: controlSwitch('IP_RECVTTL', 'IP_RECVTTL'),
  IP_RECVTOS: controlSwitch('IP_RECVTOS', 'IP_RECVTOS'),
  IP_RECVECN: controlSwitch('IP_RECVECN', 'IP_RECVTOS'),
  IP_ORIGINAL_ARRIVAL_IF: controlSwitch('IP_ORIGINAL_ARRIVAL_IF', 'IP_PKTINFO'),
  // Linux cannot keep broadcasts from a socket that is bound to the wildcard.
  IP_RECEIVE_BROADCAST: { on: isIpv4Datagram },
  IP_UNICAST_IF: unicastInterface('IP_UNICAST_IF', speaksIpv4),
  IP_MTU_DISCOVER: mtuDiscover('IP_MTU_DISCOVER', speaksIpv4),
  IP_MTU: mtu('IP_MTU', speaksIpv4),
  // Linux has no packet size limit per socket for IPv4.
  IP_USER_MTU: { on: speaksIpv4 },
};

export const IPV6_OPTIONS: OptionRows = {
  IPV6_HDRINCL: forRawSockets,
  IPV6_UNICAST_HOPS: nativeNumber('IPV6_UNICAST_HOPS', isIpv6, 0, 255),
  IPV6_MULTICAST_IF: nativeNumber('IPV6_MULTICAST_IF', isIpv6Datagram, 0, INT_MAX),
  IPV6_MULTICAST_HOPS: nativeNumber('IPV6_MULTICAST_HOPS', isIpv6Datagram, 0, 255),
  IPV6_MULTICAST_LOOP: nativeFlag('IPV6_MULTICAST_LOOP', isIpv6Datagram),
  IPV6_ADD_MEMBERSHIP: membershipRow('IPV6_ADD_MEMBERSHIP', isIpv6Datagram),
  IPV6_JOIN_GROUP: membershipRow('IPV6_ADD_MEMBERSHIP', isIpv6Datagram),
  IPV6_DROP_MEMBERSHIP: membershipRow('IPV6_DROP_MEMBERSHIP', isIpv6Datagram),
  IPV6_LEAVE_GROUP: membershipRow('IPV6_DROP_MEMBERSHIP', isIpv6Datagram),
  IPV6_DONTFRAG: dontFragment('IPV6_DONTFRAG', 'IPV6_DONTFRAG', [1, 0], isIpv6),
  IPV6_PKTINFO: controlSwitch('IPV6_PKTINFO', 'IPV6_RECVPKTINFO'),
  IPV6_HOPLIMIT: controlSwitch('IPV6_HOPLIMIT', 'IPV6_RECVHOPLIMIT'),
  // Linux has no protection levels.
  IPV6_PROTECTION_LEVEL: { on: isIpv6 },
  IPV6_V6ONLY: v6Only,
  IPV6_UNICAST_IF: unicastInterface('IPV6_UNICAST_IF', isIpv6),
  IPV6_RECVTCLASS: controlSwitch('IPV6_RECVTCLASS', 'IPV6_RECVTCLASS'),
  IPV6_RECVECN: controlSwitch('IPV6_RECVECN', 'IPV6_RECVTCLASS'),
  IPV6_MTU_DISCOVER: mtuDiscover('IPV6_MTU_DISCOVER', isIpv6),
  IPV6_MTU: mtu('IPV6_MTU', isIpv6),
  // IPV6_MTU of Linux can be set, but not read again, and not below 1280.
  IPV6_USER_MTU: { on: isIpv6 },
};
