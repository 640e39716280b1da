import { mappedIpv4, type SocketAddress } from '../../winsock/addresses.js';
import {
  type ControlMessage,
  type ControlSwitch,
  canBeSent,
  isPacketInfo,
  messagesOf,
  type WireFamily,
} from '../../winsock/control-messages.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { OPTIONS } from '../../winsock/options.js';
import { done, type Failure, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { withBroadcastAllowed } from './broadcast.js';
import { decodeControl, encodeControl, flagsOf } from './control-data.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { failedForEarlierDatagram } from './icmp-errors.js';
import { call } from './native-call.js';
import { getNative, type NativeOption, setNative } from './native-options.js';
import { datagramFailure } from './no-port.js';
import { flagOf, isIpv4Datagram, isIpv6Datagram, type OptionRow } from './option-rows.js';
import { askByProbe } from './probe-socket.js';
import {
  destinationRefused,
  flagsTo,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  received,
  transmitted,
  unreadable,
  writeDestination,
} from './transfer.js';

/** WSASendMsg, WSARecvMsg, and the options that enable control data. */

export const sendMsg: Method<'sendMsg'> = (stack, socket, data, flags, to, control) => {
  const name = 'WSASendMsg';
  if (socket.stream) return fail('WSAEINVAL', name);
  const refused = destinationRefused(socket, data, flags, to ?? socket.peer, name);
  if (refused) return refused;
  const family = wireFamilyOf(to ?? socket.peer);
  if (!control.every((message) => canBeSent(message, family))) return fail('WSAEINVAL', name);
  const bytes = encodeControl(control, () => ownClass(stack, socket, family));
  const { libc, message } = stack;
  message.write(data, to ? writeDestination(stack, to) : 0, bytes);
  const bits = flags | (to ? flagsTo(to) : MSG_NOSIGNAL);
  const native = (): Outcome<number> => call(name, libc.sendmsg, socket.fd, message.bytes, bits);
  const sent = transmitted(stack, socket, () =>
    to ? native() : withBroadcastAllowed(stack, socket, native),
  );
  if (!sent.ok) {
    const failure = datagramFailure(stack, socket, sent);
    return control.some((one) => isForeign(stack, one, failure)) ? fail('WSAEINVAL', name) : failure;
  }
  socket.bound = true;
  return sent;
};

/**
 * Whether a send failed because this host does not have the source or the interface. For an IPv4 source
 * Linux reports ENETUNREACH, as it does without a route, so this tries to bind to the address.
 */
const isForeign = (stack: Stack, message: ControlMessage, failure: Failure): boolean => {
  if (!isPacketInfo(message)) return false;
  const { code } = failure;
  if (code === WSA_ERRORS.WSAEADDRNOTAVAIL.code) return true;
  if (code !== WSA_ERRORS.WSAENETUNREACH.code || message.type !== 'IP_PKTINFO') return false;
  const { libc, address } = stack;
  const bound = askByProbe(stack, 'AF_INET', 'WSASendMsg', (fd) => {
    const length = address.write({ family: 'AF_INET', address: message.address, port: 0 });
    return call('WSASendMsg', libc.bind, fd, address.name, length);
  });
  return bound !== undefined && failedWith(bound, 'WSAEADDRNOTAVAIL');
};

const wireFamilyOf = (to: SocketAddress | undefined): WireFamily =>
  to?.family === 'AF_INET6' && mappedIpv4(to.address) === undefined ? 'AF_INET6' : 'AF_INET';

/** The default traffic class of the socket. */
const ownClass = (stack: Stack, { fd }: SocketState, family: WireFamily): number => {
  const own = getNative(stack, fd, family === 'AF_INET' ? 'IP_TOS' : 'IPV6_TCLASS', 'WSASendMsg');
  return own.ok ? Math.max(0, own.value) : 0;
};

export const recvMsg: Method<'recvMsg'> = (stack, socket, into, flags) => {
  const name = 'WSARecvMsg';
  if (socket.stream) return fail('WSAEINVAL', name);
  const inTheWay = unreadable(stack, socket, flags, name);
  if (inTheWay) return inTheWay;
  const enabled = enableDestination(stack, socket);
  if (!enabled.ok) return enabled;
  const { libc, address, message } = stack;
  address.expect();
  message.expect(into);
  const got = call(name, libc.recvmsg, socket.fd, message.bytes, flags | MSG_TRUNC);
  if (failedForEarlierDatagram(stack, socket, got)) return recvMsg(stack, socket, into, flags);
  const outcome = received(stack, socket, into, flags, got, name);
  if (!outcome.ok) return outcome;
  const from = address.read();
  const arrived = decodeControl(message.control, socket.family === 'AF_INET6' ? 'AF_INET6' : 'AF_INET');
  const isOn = (option: ControlSwitch): boolean => socket.kept(option) === true;
  const control = messagesOf(arrived, isOn);
  return ok({ ...outcome.value, ...(from && { from }), flags: flagsOf(arrived), control });
};

/**
 * Enables the destination of received datagrams, which MSG_BCAST and MSG_MCAST need even when the caller
 * does not ask for packet information.
 */
const enableDestination = (stack: Stack, socket: SocketState): Outcome<void> => {
  if (socket.destinationEnabled) return done;
  const option = socket.family === 'AF_INET6' ? 'IPV6_RECVPKTINFO' : 'IP_PKTINFO';
  const set = setNative(stack, socket.fd, option, 1, 'WSARecvMsg');
  socket.destinationEnabled = set.ok;
  return set;
};

/**
 * An option that enables control data. Several options, and the flags of a message, may need the same option
 * of Linux. So the Linux option stays on, and only control data that the caller enabled is returned.
 */
export const controlSwitch = (name: ControlSwitch, native: NativeOption): OptionRow => ({
  on: OPTIONS[name].level === 'IPPROTO_IP' ? isIpv4Datagram : isIpv6Datagram,
  get: (_stack, socket) => ok(socket.kept(name) ?? false),
  set: (stack, socket, value) => {
    const isOn = flagOf(value);
    const set = isOn ? setNative(stack, socket.fd, native, 1, 'setsockopt') : done;
    if (set.ok) socket.keep(name, isOn);
    return set;
  },
});
