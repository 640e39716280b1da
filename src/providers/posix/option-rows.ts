import { isMembership, type Membership, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { getNative, type NativeOption, setNative } from './native-options.js';

/** Undefined: on every socket. */
type On = ((socket: SocketState) => boolean) | undefined;

/**
 * What the rows of the option tables are made of. Some options live in the state alone, because Linux means
 * something else by them; only `native` ones reach the system.
 */
export interface OptionRow {
  /** False: WSAENOPROTOOPT on this kind of socket. */
  readonly on?: On;
  /** Absent: can only be set. */
  readonly get?: (stack: Stack, socket: SocketState) => Outcome<OptionValue>;
  /** Absent: can only be read. */
  readonly set?: (stack: Stack, socket: SocketState, value: OptionValue) => Outcome<void>;
}

/** Options of one level; one that is absent is WSAENOPROTOOPT. */
export type OptionRows = Readonly<Partial<Record<OptionName, OptionRow>>>;

export const isStream = (socket: SocketState): boolean => socket.stream;
/** Everything of TCP; AF_UNIX has streams without it. */
export const isTcp = (socket: SocketState): boolean => socket.stream && socket.family !== 'AF_UNIX';
export const isDatagram = (socket: SocketState): boolean => !socket.stream;
export const isIpv4 = (socket: SocketState): boolean => socket.family === 'AF_INET';
export const isIpv6 = (socket: SocketState): boolean => socket.family === 'AF_INET6';
export const isIpv4Datagram = (socket: SocketState): boolean => isIpv4(socket) && isDatagram(socket);
export const isIpv6Datagram = (socket: SocketState): boolean => isIpv6(socket) && isDatagram(socket);

export const flagOf = (value: OptionValue): boolean => {
  if (typeof value !== 'boolean') throw new TypeError('a BOOL option takes true or false');
  return value;
};

export const integerOf = (value: OptionValue): number => {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError('an int takes an integer');
  return value;
};

export const membershipOf = (value: OptionValue): Membership => {
  if (!isMembership(value)) throw new TypeError('the option takes a membership');
  return value;
};

const without = (outcome: Outcome<unknown>): Outcome<void> => (outcome.ok ? done : outcome);

/** A BOOL that Linux has too. */
export const nativeFlag = (name: NativeOption, on: On): OptionRow => ({
  on,
  get: (stack, socket) => {
    const got = getNative(stack, socket.fd, name, 'getsockopt');
    return got.ok ? ok(got.value !== 0) : got;
  },
  set: (stack, socket, value) =>
    without(setNative(stack, socket.fd, name, flagOf(value) ? 1 : 0, 'setsockopt')),
});

/** A number that Linux has too, with the range that Winsock documents for it. */
export const nativeNumber = (name: NativeOption, on: On, low: number, high: number): OptionRow => ({
  on,
  get: (stack, socket) => getNative(stack, socket.fd, name, 'getsockopt'),
  set: (stack, socket, value) => {
    const number = integerOf(value);
    if (number < low || number > high) return fail('WSAEINVAL', 'setsockopt');
    return without(setNative(stack, socket.fd, name, number, 'setsockopt'));
  },
});

/** A number of which Linux has other values for the same meanings. */
export const nativeEnum = (name: NativeOption, on: On, toLinux: readonly number[]): OptionRow => ({
  on,
  get: (stack, socket) => {
    const got = getNative(stack, socket.fd, name, 'getsockopt');
    return got.ok ? ok(Math.max(0, toLinux.indexOf(got.value))) : got;
  },
  set: (stack, socket, value) => {
    const native = toLinux[integerOf(value)];
    if (native === undefined) return fail('WSAEINVAL', 'setsockopt');
    return without(setNative(stack, socket.fd, name, native, 'setsockopt'));
  },
});

/** A BOOL that changes nothing here, and is answered as it was set. */
export const keptFlag = (name: OptionName): OptionRow => ({
  get: (_stack, { kept }) => ok(kept.get(name) ?? false),
  set: (_stack, { kept }, value) => {
    kept.set(name, flagOf(value));
    return done;
  },
});

export const readOnly = (on: On, get: NonNullable<OptionRow['get']>): OptionRow => ({ on, get });
