import { fail, ok } from '../../winsock/outcome.js';
import { getNative, setNative } from './native-options.js';
import { answeredAsSet, flagOf, integerOf, isStream, type OptionRow, readOnly } from './option-rows.js';

/** Packet size and fragmentation: IP_MTU_DISCOVER, IP_DONTFRAGMENT, IP_MTU and the same options of IPv6. */

/** IP_PMTUDISC_ values of Linux, and their Windows numbers. */
export const DONT = 0;
export const DO = 2;
const PROBE = 3;
const PMTUDISC: Readonly<Record<number, number>> = { 1: DO, 2: DONT, 3: PROBE };

/**
 * Its default is IP_PMTUDISC_NOT_SET, 0, which cannot be set: it means the Linux value, which the route
 * decides.
 */
export const mtuDiscover = (name: 'IP_MTU_DISCOVER' | 'IPV6_MTU_DISCOVER', on: OptionRow['on']): OptionRow =>
  answeredAsSet(name, {
    on,
    set: (stack, socket, value) => {
      const native = PMTUDISC[integerOf(value)];
      if (native === undefined) return fail('WSAEINVAL', 'setsockopt');
      return setNative(stack, socket.fd, name, native, 'setsockopt');
    },
  });

/**
 * On by default for streams. Linux has no such option for IPv4, but a value of IP_MTU_DISCOVER; of the two
 * options the last one set applies.
 */
export const dontFragment = (
  name: 'IP_DONTFRAGMENT' | 'IPV6_DONTFRAG',
  native: 'IP_MTU_DISCOVER' | 'IPV6_DONTFRAG',
  [yes, no]: readonly [number, number],
  on: OptionRow['on'],
): OptionRow =>
  answeredAsSet(name, {
    on,
    get: (_stack, socket) => ok(isStream(socket)),
    set: (stack, socket, value) =>
      setNative(stack, socket.fd, native, flagOf(value) ? yes : no, 'setsockopt'),
  });

/** The MTU of the path to the peer. */
export const mtu = (name: 'IP_MTU' | 'IPV6_MTU', on: OptionRow['on']): OptionRow =>
  readOnly(on, (stack, socket) => getNative(stack, socket.fd, name, 'getsockopt'));
