import type { Values } from './forms.js';
import type { SocketAddress, SocketInfo } from './types.js';

/** How long a call that waits waits from this page, milliseconds: so that a try ends. */
const WAIT_MS = '5000';

/** How much of each send and receive new sockets keep for the conversation view, bytes. */
const CAPTURE = '{"maxBytes": 4096}';

/**
 * The values with which the form of a call begins, so that it can be made at once.
 *
 * @param socket the socket of the call
 * @param others the sockets of the page, the newest last: where to connect and to send
 */
export const suggestedFor = (
  operation: string,
  socket: SocketInfo | undefined,
  others: readonly SocketInfo[],
): Values => {
  const family = socket?.family === 'AF_INET6' ? 'AF_INET6' : 'AF_INET';
  const peer = entered(family, peerOf(socket, others));
  const values: Readonly<Record<string, Values>> = {
    startup: { version: '2.2', leaseSeconds: '3600' },
    socket: { family: 'AF_INET', type: 'SOCK_STREAM', capture: CAPTURE },
    bind: { address: { family, address: family === 'AF_INET6' ? '::1' : '127.0.0.1', port: '0' } },
    listen: { backlog: '5' },
    connect: { address: peer, timeoutMs: WAIT_MS },
    accept: { timeoutMs: WAIT_MS },
    conditionalAccept: { condition: 'CF_ACCEPT', timeoutMs: WAIT_MS },
    send: { data: HELLO },
    sendTo: { data: HELLO, address: peer },
    sendMsg: { data: HELLO, address: peer },
    recv: { as: 'text', timeoutMs: WAIT_MS },
    recvFrom: { as: 'text', timeoutMs: WAIT_MS },
    recvMsg: { as: 'text', timeoutMs: WAIT_MS },
    recvDisconnect: { timeoutMs: WAIT_MS },
    shutdown: { how: 'SD_SEND' },
    // A listener has no bytes that could be counted.
    ioctl: socket?.state === 'listening' ? { request: 'FIONBIO', value: '1' } : { request: 'FIONREAD' },
    startRelay: { upstream: peer },
    eventSelect: { events: ['FD_READ', 'FD_WRITE', 'FD_CLOSE'] },
    enumNetworkEvents: { timeoutMs: WAIT_MS },
    getSockOpt: { level: 'SOL_SOCKET', name: 'SO_ERROR' },
    setSockOpt: { level: 'SOL_SOCKET', ...(socket?.type === 'SOCK_DGRAM' ? BROADCAST : ABORT) },
  };
  return values[operation] ?? {};
};

const HELLO = { as: 'text', value: 'hello', len: '' } as const;

/** close resets the connection. */
const ABORT = { name: 'SO_LINGER', value: '{"linger": {"onoff": true, "linger": 0}}' } as const;

/** Datagrams have no SO_LINGER. */
const BROADCAST = { name: 'SO_BROADCAST', value: '{"boolean": true}' } as const;

/** Where the socket could connect or send to: the newest one of its kind that waits there. */
const peerOf = (socket: SocketInfo | undefined, others: readonly SocketInfo[]): SocketAddress | undefined => {
  if (!socket) return undefined;
  const wanted = socket.type === 'SOCK_DGRAM' ? ['bound', 'connected'] : ['listening'];
  return others.findLast(
    (other) =>
      other.socketId !== socket.socketId &&
      other.provider === socket.provider &&
      other.type === socket.type &&
      other.family === socket.family &&
      wanted.includes(other.state),
  )?.localAddress;
};

const entered = (family: string, address: SocketAddress | undefined) => {
  if (address?.path !== undefined) return { family: 'AF_UNIX', address: address.path, port: '' };
  const isAny = address?.address === '0.0.0.0' || address?.address === '::';
  const own = family === 'AF_INET6' ? '::1' : '127.0.0.1';
  const host = address?.address === undefined || isAny ? own : address.address;
  return { family, address: host, port: address?.port === undefined ? '' : String(address.port) };
};
