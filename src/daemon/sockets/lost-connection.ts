import type { Provider, Watch } from '../../providers/provider.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';

/**
 * Replaces the provider of a socket whose handle was closed by a reset while its id is still open. The
 * handle's number may name another socket by now, so no call with it may reach the provider.
 */
export const lostConnection = (provider: Provider): Provider => {
  const lost = (call: string) => (): Outcome<never> => fail('WSAECONNRESET', call);
  return {
    name: provider.name,
    protocols: provider.protocols,
    enumProtocols: () => provider.enumProtocols(),
    socket: (entry, protocol) => provider.socket(entry, protocol),
    bind: lost('bind'),
    listen: lost('listen'),
    accept: lost('WSAAccept'),
    connect: lost('WSAConnect'),
    finishConnect: lost('WSAConnect'),
    send: lost('WSASend'),
    sendTo: lost('WSASendTo'),
    sendMsg: lost('WSASendMsg'),
    recv: lost('WSARecv'),
    recvFrom: lost('WSARecvFrom'),
    recvMsg: lost('WSARecvMsg'),
    shutdown: lost('shutdown'),
    sendDisconnect: lost('WSASendDisconnect'),
    recvDisconnect: lost('WSARecvDisconnect'),
    getSockName: lost('getsockname'),
    getPeerName: lost('getpeername'),
    getSockOpt: lost('getsockopt'),
    setSockOpt: lost('setsockopt'),
    available: lost('ioctlsocket'),
    atMark: lost('ioctlsocket'),
    peerProcessId: lost('WSAIoctl'),
    ioctl: lost('WSAIoctl'),
    setKeepAlive: lost('WSAIoctl'),
    duplicate: lost('WSADuplicateSocket'),
    watch: (_s, want, wake) => ok(wakesOnce(() => wake(want))),
    poll: (items) => ok(items.map(() => POLL_EVENTS.POLLERR | POLL_EVENTS.POLLHUP)),
    unsent: () => ok(0),
    close: () => done,
    abort: () => done,
    dispose: () => {},
  };
};

/** A lost connection is ready for everything: every call answers at once. */
const wakesOnce = (wake: () => void): Watch => {
  const turn = setImmediate(wake);
  return { stop: () => clearImmediate(turn) };
};
