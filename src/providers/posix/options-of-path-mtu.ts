import { fail, ok } from '../../winsock/outcome.js';
import { getNative, setNative } from './native-options.js';
import { answeredAsSet, flagOf, integerOf, isStream, type OptionRow, readOnly } from './option-rows.js';

/** How large packets may be, and whether they are cut: IP_MTU_DISCOVER, IP_DONTFRAGMENT, IP_MTU and their twins. */

/** IP_PMTUDISC_ of Linux, and which of them has which number on Windows. */
export const DONT = 0;
export const DO = 2;
const PROBE = 3;
const PMTUDISC: Readonly<Record<number, number>> = { 1: DO, 2: DONT, 3: PROBE };

/** It begins as IP_PMTUDISC_NOT_SET, 0, which cannot be set: that of Linux is what the route says. */
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
 * On from the start for streams. Linux has no such option for IPv4, but a way of IP_MTU_DISCOVER: the one that
 * was set last holds.
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

/** Of the path to the peer. */
export const mtu = (name: 'IP_MTU' | 'IPV6_MTU', on: OptionRow['on']): OptionRow =>
  readOnly(on, (stack, socket) => getNative(stack, socket.fd, name, 'getsockopt'));
