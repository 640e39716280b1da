import { isMembership, type Membership, type OptionName, type OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { getNative, type NativeOption, setNative } from './native-options.js';

/** The sockets that have an option; undefined: all. */
type On = ((socket: SocketState) => boolean) | undefined;

/**
 * A row of the option tables. Some options exist only in the state, because they mean something else on
 * Linux; only `native` rows reach the system.
 */
export interface OptionRow {
  /** Returns false for a kind of socket that does not have the option. */
  readonly on?: On;
  /** Absent for an option that can only be set; a row without `get` and `set` is not supported. */
  readonly get?: (stack: Stack, socket: SocketState) => Outcome<OptionValue>;
  /** Absent for an option that can only be read. */
  readonly set?: (stack: Stack, socket: SocketState, value: OptionValue) => Outcome<void>;
}

/** A row of an option that can be set. */
interface SettableRow extends OptionRow {
  readonly set: NonNullable<OptionRow['set']>;
}

/** Options of one level; an absent one is WSAENOPROTOOPT. */
export type OptionRows = Readonly<Partial<Record<OptionName, OptionRow>>>;

export const isStream = (socket: SocketState): boolean => socket.stream;
/** Whether the socket uses TCP; streams of AF_UNIX do not. */
export const isTcp = (socket: SocketState): boolean => socket.stream && socket.family !== 'AF_UNIX';
export const isDatagram = (socket: SocketState): boolean => !socket.stream;
export const isInternet = (socket: SocketState): boolean => socket.family !== 'AF_UNIX';
export const isIpv4 = (socket: SocketState): boolean => socket.family === 'AF_INET';
export const isIpv6 = (socket: SocketState): boolean => socket.family === 'AF_INET6';
/** AF_INET, or AF_INET6 with IPV6_V6ONLY off. */
export const speaksIpv4 = (socket: SocketState): boolean =>
  isIpv4(socket) || (isIpv6(socket) && socket.kept('IPV6_V6ONLY') === false);
export const isIpv4Datagram = (socket: SocketState): boolean => speaksIpv4(socket) && isDatagram(socket);
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

/**
 * An option that Linux has too.
 *
 * @param fromLinux converts the Linux value to the Winsock value
 * @param toLinux converts it back; undefined for a value out of range
 */
const nativeRow = (
  name: NativeOption,
  on: On,
  fromLinux: (native: number) => OptionValue,
  toLinux: (value: OptionValue) => number | undefined,
): SettableRow => ({
  on,
  get: (stack, socket) => {
    const got = getNative(stack, socket.fd, name, 'getsockopt');
    return got.ok ? ok(fromLinux(got.value)) : got;
  },
  set: (stack, socket, value) => {
    const native = toLinux(value);
    if (native === undefined) return fail('WSAEINVAL', 'setsockopt');
    return setNative(stack, socket.fd, name, native, 'setsockopt');
  },
});

export const nativeFlag = (name: NativeOption, on: On): OptionRow =>
  nativeRow(
    name,
    on,
    (native) => native !== 0,
    (value) => (flagOf(value) ? 1 : 0),
  );

/** A native number with the range that Winsock documents. */
export const nativeNumber = (name: NativeOption, on: On, low: number, high: number): SettableRow =>
  nativeRow(
    name,
    on,
    (native) => native,
    (value) => {
      const number = integerOf(value);
      return number < low || number > high ? undefined : number;
    },
  );

/**
 * A row whose value is returned as it was set, even when the system changes it. Before it is set, `row`
 * supplies the value, or 0.
 */
export const answeredAsSet = (name: OptionName, row: SettableRow): OptionRow => ({
  on: row.on,
  get: (stack, socket) => {
    const own = socket.kept(name);
    if (own !== undefined) return ok(own);
    return row.get ? row.get(stack, socket) : ok(0);
  },
  set: (stack, socket, value) => {
    const set = row.set(stack, socket, value);
    if (set.ok) socket.keep(name, value);
    return set;
  },
});

/** A BOOL without effect that is returned as it was set. */
export const keptFlag = (name: OptionName): OptionRow => ({
  get: (_stack, socket) => ok(socket.kept(name) ?? false),
  set: (_stack, socket, value) => {
    socket.keep(name, flagOf(value));
    return done;
  },
});

export const readOnly = (on: On, get: NonNullable<OptionRow['get']>): OptionRow => ({ on, get });
