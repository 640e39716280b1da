import { membershipRow } from './memberships.js';
import { controlSwitch } from './messages.js';
import { getNative, setNative, setNativeBytes } from './native-options.js';
import {
  answeredAsSet,
  flagOf,
  integerOf,
  isIpv4,
  isIpv4Datagram,
  isIpv6,
  isIpv6Datagram,
  nativeEnum,
  nativeFlag,
  nativeNumber,
  nativeRow,
  type OptionRow,
  type OptionRows,
  readOnly,
} from './option-rows.js';

/** The options of IPPROTO_IP and IPPROTO_IPV6. */

const INT_MAX = 0x7fffffff;

/** IP_PMTUDISC_ of Linux in the order of Windows: not set (Linux: as the route says), do, don't, probe. */
const PMTUDISC = [1, 2, 0, 3] as const;
const [, DO, DONT] = PMTUDISC;

/** IP_DONTFRAGMENT is one of the ways of IP_MTU_DISCOVER on Linux. */
const dontFragment = nativeRow(
  'IP_MTU_DISCOVER',
  isIpv4Datagram,
  (native) => native === DO,
  (value) => (flagOf(value) ? DO : DONT),
);

/** A number whose bytes in memory are in network order: does the first of them say 0.x.x.x? */
const isIndex = (dword: number): boolean => (dword & 0xff) === 0 && dword !== 0;

const swapped = (dword: number): number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(dword, 0);
  return bytes.readUInt32BE(0);
};

/** struct ip_mreqn of Linux: group, address, index; here without a group. */
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

/** The interface of what is not multicast, by its index: in network order for IPv4, on both systems. */
const unicastInterface = (name: 'IP_UNICAST_IF' | 'IPV6_UNICAST_IF', on: OptionRow['on']): OptionRow =>
  answeredAsSet(name, {
    on,
    set: (stack, socket, value) => {
      const dword = integerOf(value);
      // Linux wants the index of IPv6 in network order too.
      const native = name === 'IP_UNICAST_IF' ? dword : swapped(dword);
      return setNative(stack, socket.fd, name, native | 0, 'setsockopt');
    },
  });

const mtu = (name: 'IP_MTU' | 'IPV6_MTU', on: OptionRow['on']): OptionRow =>
  readOnly(on, (stack, socket) => getNative(stack, socket.fd, name, 'getsockopt'));

export const IP_OPTIONS: OptionRows = {
  IP_TOS: nativeNumber('IP_TOS', isIpv4, 0, 255),
  IP_TTL: nativeNumber('IP_TTL', isIpv4, 1, 255),
  IP_MULTICAST_IF: multicastInterface,
  IP_MULTICAST_TTL: nativeNumber('IP_MULTICAST_TTL', isIpv4Datagram, 0, 255),
  IP_MULTICAST_LOOP: nativeFlag('IP_MULTICAST_LOOP', isIpv4Datagram),
  IP_ADD_MEMBERSHIP: membershipRow('IP_ADD_MEMBERSHIP', isIpv4Datagram),
  IP_DROP_MEMBERSHIP: membershipRow('IP_DROP_MEMBERSHIP', isIpv4Datagram),
  IP_ADD_SOURCE_MEMBERSHIP: membershipRow('IP_ADD_SOURCE_MEMBERSHIP', isIpv4Datagram),
  IP_DROP_SOURCE_MEMBERSHIP: membershipRow('IP_DROP_SOURCE_MEMBERSHIP', isIpv4Datagram),
  IP_BLOCK_SOURCE: membershipRow('IP_BLOCK_SOURCE', isIpv4Datagram),
  IP_UNBLOCK_SOURCE: membershipRow('IP_UNBLOCK_SOURCE', isIpv4Datagram),
  IP_DONTFRAGMENT: dontFragment,
  IP_PKTINFO: controlSwitch('IP_PKTINFO', 'IP_PKTINFO'),
  IP_RECVTTL: controlSwitch('IP_RECVTTL', 'IP_RECVTTL'),
  IP_RECVTOS: controlSwitch('IP_RECVTOS', 'IP_RECVTOS'),
  IP_RECVECN: controlSwitch('IP_RECVECN', 'IP_RECVTOS'),
  IP_ORIGINAL_ARRIVAL_IF: controlSwitch('IP_ORIGINAL_ARRIVAL_IF', 'IP_PKTINFO'),
  IP_UNICAST_IF: unicastInterface('IP_UNICAST_IF', isIpv4),
  IP_MTU_DISCOVER: nativeEnum('IP_MTU_DISCOVER', isIpv4, PMTUDISC),
  IP_MTU: mtu('IP_MTU', isIpv4),
};

export const IPV6_OPTIONS: OptionRows = {
  IPV6_UNICAST_HOPS: nativeNumber('IPV6_UNICAST_HOPS', isIpv6, 0, 255),
  IPV6_MULTICAST_IF: nativeNumber('IPV6_MULTICAST_IF', isIpv6Datagram, 0, INT_MAX),
  IPV6_MULTICAST_HOPS: nativeNumber('IPV6_MULTICAST_HOPS', isIpv6Datagram, 0, 255),
  IPV6_MULTICAST_LOOP: nativeFlag('IPV6_MULTICAST_LOOP', isIpv6Datagram),
  IPV6_ADD_MEMBERSHIP: membershipRow('IPV6_ADD_MEMBERSHIP', isIpv6Datagram),
  IPV6_JOIN_GROUP: membershipRow('IPV6_ADD_MEMBERSHIP', isIpv6Datagram),
  IPV6_DROP_MEMBERSHIP: membershipRow('IPV6_DROP_MEMBERSHIP', isIpv6Datagram),
  IPV6_LEAVE_GROUP: membershipRow('IPV6_DROP_MEMBERSHIP', isIpv6Datagram),
  IPV6_DONTFRAG: nativeFlag('IPV6_DONTFRAG', isIpv6Datagram),
  IPV6_PKTINFO: controlSwitch('IPV6_PKTINFO', 'IPV6_RECVPKTINFO'),
  IPV6_HOPLIMIT: controlSwitch('IPV6_HOPLIMIT', 'IPV6_RECVHOPLIMIT'),
  IPV6_V6ONLY: nativeFlag('IPV6_V6ONLY', isIpv6),
  IPV6_UNICAST_IF: unicastInterface('IPV6_UNICAST_IF', isIpv6),
  IPV6_RECVTCLASS: controlSwitch('IPV6_RECVTCLASS', 'IPV6_RECVTCLASS'),
  IPV6_RECVECN: controlSwitch('IPV6_RECVECN', 'IPV6_RECVTCLASS'),
  IPV6_MTU_DISCOVER: nativeEnum('IPV6_MTU_DISCOVER', isIpv6, PMTUDISC),
  IPV6_MTU: mtu('IPV6_MTU', isIpv6),
};
