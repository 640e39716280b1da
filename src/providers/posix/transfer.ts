import { isAnyAddress, isInternet } from '../../winsock/addresses.js';
import { RECV_FLAGS, SEND_FLAGS } from '../../winsock/constants.js';
import { type Failure, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Received } from '../provider.js';
import { settle } from './connecting.js';
import { wsaCodeOf } from './errno.js';
import {
  forgetUnreachable,
  heard,
  keepUnreachable,
  type Method,
  type SocketState,
  type Stack,
} from './handle-state.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';

/** WSASend, WSASendTo, WSARecv, WSARecvFrom. */

/** MSG_OOB, MSG_PEEK and MSG_DONTROUTE have the same numbers on both systems: send(2), winsock2.h. */
const SENDABLE = SEND_FLAGS.MSG_OOB | SEND_FLAGS.MSG_DONTROUTE;
const RECEIVABLE = RECV_FLAGS.MSG_OOB | RECV_FLAGS.MSG_PEEK;

/** On AF_UNIX Linux has MSG_OOB, and Winsock has not. */
const sendable = ({ family }: SocketState): number =>
  family === 'AF_UNIX' ? SEND_FLAGS.MSG_DONTROUTE : SENDABLE;

/** Linux does not look at MSG_OOB on datagrams. */
const receivable = ({ stream, family }: SocketState): number =>
  stream && family !== 'AF_UNIX' ? RECEIVABLE : RECV_FLAGS.MSG_PEEK;

const MSG_NOSIGNAL = 0x4000;
/** On a datagram: give the real length, even when the buffer was shorter. On a stream it would discard. */
const MSG_TRUNC = 0x20;

/** Why a stream cannot move bytes now, in the order in which Winsock looks. */
const obstacle = (stack: Stack, socket: SocketState, shut: boolean, name: string): Failure | undefined => {
  if (socket.stream && settle(stack, socket) !== 'connected') return fail('WSAENOTCONN', name);
  if (shut) return fail('WSAESHUTDOWN', name);
  return socket.broken === 0 ? undefined : { ok: false, code: socket.broken, call: name };
};

export const send: Method<'send'> = (stack, socket, data, flags) =>
  sendAs('WSASend', stack, socket, data, flags);

const sendAs = (
  name: string,
  stack: Stack,
  socket: SocketState,
  data: Uint8Array,
  flags: number,
): Outcome<number> => {
  const inTheWay = obstacle(stack, socket, socket.sendShutdown, name);
  if (inTheWay) return inTheWay;
  if (flags & ~sendable(socket)) return fail('WSAEOPNOTSUPP', name);
  if (socket.phase !== 'connected') return fail('WSAENOTCONN', name);
  return transmitted(stack, socket, () =>
    call(name, stack.libc.send, socket.fd, data, data.byteLength, flags | MSG_NOSIGNAL),
  );
};

/**
 * On a datagram socket with a peer, Linux fails a send with what ICMP has said of an earlier datagram, and
 * sends nothing. Winsock tells it the next receive and sends: so does this.
 */
const transmitted = (stack: Stack, socket: SocketState, send: () => Outcome<number>): Outcome<number> => {
  let sent = send();
  if (!socket.stream && failedWith(sent, 'WSAECONNREFUSED')) {
    keepUnreachable(stack, socket);
    sent = send();
  }
  if (sent.ok) return sent;
  // On AF_UNIX a send finds the peer gone, and only SO_ERROR knows that it was a reset.
  const isPipe = socket.stream && failedWith(sent, 'WSAECONNABORTED');
  return (isPipe ? unheardReset(stack, socket, sent.call) : undefined) ?? ended(socket, sent);
};

export const sendTo: Method<'sendTo'> = (stack, socket, data, flags, to) => {
  // On a connected stream the address is ignored: WSASendTo, lpTo.
  if (socket.stream) return sendAs('WSASendTo', stack, socket, data, flags);
  if (socket.sendShutdown) return fail('WSAESHUTDOWN', 'WSASendTo');
  if (flags & ~SENDABLE) return fail('WSAEOPNOTSUPP', 'WSASendTo');
  if (!isInternet(to) || to.family !== socket.family) return fail('WSAEFAULT', 'WSASendTo');
  if (to.port === 0 || isAnyAddress(to)) return fail('WSAEADDRNOTAVAIL', 'WSASendTo');
  const length = stack.address.write(to);
  const { libc, address } = stack;
  const bits = flags | MSG_NOSIGNAL;
  const sent = transmitted(stack, socket, () =>
    call('WSASendTo', libc.sendto, socket.fd, data, data.byteLength, bits, address.name, length),
  );
  if (!sent.ok) return sent;
  socket.bound = true;
  return sent;
};

export const recv: Method<'recv'> = (stack, socket, into, flags) => {
  const inTheWay = unreadable(stack, socket, flags, 'WSARecv');
  if (inTheWay) return inTheWay;
  const bits = socket.stream ? flags : flags | MSG_TRUNC;
  const got = call('WSARecv', stack.libc.recv, socket.fd, into, into.byteLength, bits);
  return received(stack, socket, into, flags, got, 'WSARecv');
};

export const recvFrom: Method<'recvFrom'> = (stack, socket, into, flags) => {
  const inTheWay = unreadable(stack, socket, flags, 'WSARecvFrom');
  if (inTheWay) return inTheWay;
  const { libc, address } = stack;
  address.expect();
  const bits = socket.stream ? flags : flags | MSG_TRUNC;
  const { name, length } = address;
  const got = call('WSARecvFrom', libc.recvfrom, socket.fd, into, into.byteLength, bits, name, length);
  const outcome = received(stack, socket, into, flags, got, 'WSARecvFrom');
  if (!outcome.ok || socket.stream) return outcome;
  const from = address.read();
  return from ? ok({ ...outcome.value, from }) : outcome;
};

const unreadable = (stack: Stack, socket: SocketState, flags: number, name: string): Failure | undefined => {
  if (!socket.stream && !socket.bound) return fail('WSAEINVAL', name);
  const inTheWay = obstacle(stack, socket, socket.receiveShutdown, name);
  if (inTheWay) return inTheWay;
  if (flags & ~receivable(socket)) return fail('WSAEOPNOTSUPP', name);
  if (!socket.unreachable) return undefined;
  forgetUnreachable(stack, socket);
  return fail('WSAECONNRESET', name);
};

/**
 * Linux calls a receive of urgent data invalid when there is none (tcp_recv_urg), Winsock lets it wait; with
 * SO_OOBINLINE it is invalid to both.
 */
const noUrgentByte = (
  stack: Stack,
  socket: SocketState,
  flags: number,
  failure: Failure,
): Failure | undefined => {
  const isAsked = socket.stream && (flags & RECV_FLAGS.MSG_OOB) !== 0;
  if (!isAsked || !failedWith(failure, 'WSAEINVAL')) return undefined;
  const inline = getNative(stack, socket.fd, 'SO_OOBINLINE', failure.call);
  if (!inline.ok || inline.value !== 0) return undefined;
  return unheardReset(stack, socket, failure.call) ?? fail('WSAEWOULDBLOCK', failure.call);
};

const received = (
  stack: Stack,
  socket: SocketState,
  into: Uint8Array,
  flags: number,
  got: Outcome<number>,
  name: string,
): Outcome<Received> => {
  if (!got.ok) return noUrgentByte(stack, socket, flags, got) ?? ended(socket, got);
  const { value: count } = got;
  const room = into.byteLength;
  if (!socket.stream) return ok({ bytes: Math.min(count, room), eof: false, truncated: count > room });
  const eof = count === 0 && room > 0;
  // A reset that came after the peer's end: Linux goes on answering 0 (tcp_recvmsg looks at the end first) and
  // tells the reset in SO_ERROR only. Winsock fails every receive of a connection that was reset.
  const reset = eof ? unheardReset(stack, socket, name) : undefined;
  return reset ?? ok({ bytes: count, eof, truncated: false });
};

/** What Linux says in SO_ERROR, once: from then on sends and receives must fail with it. */
const unheardReset = (stack: Stack, socket: SocketState, name: string): Failure | undefined => {
  const error = getNative(stack, socket.fd, 'SO_ERROR', name);
  if (!error.ok || error.value === 0) return undefined;
  return { ok: false, code: heard(socket, wsaCodeOf(error.value)), call: name };
};

const ended = (socket: SocketState, failure: Failure): Failure => ({
  ...failure,
  code: heard(socket, failure.code),
});
