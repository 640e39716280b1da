import type { SocketInfo, SocketState } from '../../src/console/model/types.js';

/** Where Wine answers otherwise than Windows, which the predictions describe. */
interface Deviation {
  readonly operations: readonly string[];
  readonly type: 'SOCK_STREAM' | 'SOCK_DGRAM';
  readonly states: readonly SocketState[];
  /** Only if the socket has an address. */
  readonly hasAddress?: true;
  readonly answers: readonly string[];
  readonly because: string;
}

const DEVIATIONS: readonly Deviation[] = [
  {
    operations: ['send', 'sendTo'],
    type: 'SOCK_STREAM',
    states: ['fresh', 'bound', 'listening'],
    answers: ['WSAECONNRESET'],
    because: 'Linux answers EPIPE without a connection, and Wine makes it WSAECONNRESET',
  },
  {
    operations: ['send', 'sendTo', 'recv', 'recvFrom'],
    type: 'SOCK_STREAM',
    states: ['connecting'],
    answers: ['WSAETIMEDOUT'],
    because: 'Wine waits for the connect, and then for the call',
  },
  {
    operations: ['recv', 'recvFrom', 'bind', 'getSockName'],
    type: 'SOCK_STREAM',
    states: ['fresh'],
    hasAddress: true,
    answers: ['ok', 'WSAEINVAL'],
    because: 'After a refused connect Wine keeps the address, and a receive ends',
  },
  {
    operations: ['ioctl'],
    type: 'SOCK_STREAM',
    states: ['listening'],
    answers: ['ok'],
    because: 'Wine answers FIONREAD of a listener with 0',
  },
  {
    operations: ['listen'],
    type: 'SOCK_STREAM',
    states: ['connected', 'reset'],
    answers: ['WSAEINVAL'],
    because: 'Wine passes on EINVAL of Linux',
  },
  {
    operations: ['send', 'sendTo', 'recv', 'recvFrom'],
    type: 'SOCK_STREAM',
    states: ['reset'],
    answers: ['WSAECONNRESET'],
    because: 'Wine answers WSAECONNRESET after the end of the stream too',
  },
  {
    operations: ['send', 'getPeerName'],
    type: 'SOCK_DGRAM',
    states: ['bound'],
    answers: ['ok'],
    because: 'Wine keeps a default peer that was removed',
  },
  {
    operations: ['recv', 'recvFrom', 'recvMsg'],
    type: 'SOCK_DGRAM',
    states: ['fresh'],
    answers: ['WSAETIMEDOUT', 'WSAESHUTDOWN'],
    because: 'Wine lets a socket without an address wait',
  },
];

/** The answers that Wine may give in place of the predicted one. */
export const wineAnswers = (operation: string, socket: SocketInfo): readonly string[] =>
  DEVIATIONS.filter(
    ({ operations, type, states, hasAddress }) =>
      operations.includes(operation) &&
      type === socket.type &&
      states.includes(socket.state) &&
      (hasAddress === undefined || socket.localAddress !== undefined),
  ).flatMap(({ answers }) => answers);
