/** What a call would answer at once because of the state or the kind of its socket. */
import { kindOf, type SocketKind } from './socket-states.js';
import type { SocketInfo, SocketState } from './types.js';

/** What is known beside the socket. */
export interface Known {
  /** The parameters of the call, where they decide: `how`, `request`, `disconnectData`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** The start-up count of the session. */
  readonly startups?: number;
  /** `serviceFlags` of the catalog entry of the socket. Without them nothing is said about disconnect data. */
  readonly serviceFlags?: readonly string[];
}

/** What rules ask for beside state and kind. */
interface Facts {
  readonly isInitialised: boolean;
  readonly isInternet: boolean;
  /** A fault that resets a connection closes the native handle: the socket then has no address. */
  readonly hasAddress: boolean;
  readonly sendShutdown: boolean;
  readonly receiveShutdown: boolean;
  readonly peerClosed: boolean;
  readonly nonBlocking: boolean;
  readonly disconnectData: boolean | 'unknown';
}

/** A rule: all that it names must hold. */
export interface Rule {
  /** Operations, with the parameter that matters. Without: every operation of a socket. */
  readonly calls?: readonly string[];
  /** Operations that the rule leaves out. */
  readonly but?: readonly string[];
  readonly kind?: SocketKind;
  readonly states?: readonly SocketState[];
  readonly facts?: Partial<Facts>;
  /** The name of the code; undefined: not known. */
  readonly code: string | undefined;
  readonly because: string;
}

const ACCEPTS = ['accept', 'conditionalAccept'];
const SENDS = ['send', 'sendTo', 'sendMsg'];
const RECEIVES = ['recv', 'recvFrom', 'recvMsg'];
const MOVES = ['send', 'sendTo', 'recv', 'recvFrom'];
const ENDS = ['shutdown', 'sendDisconnect', 'sendDisconnect with data', 'recvDisconnect'];
const WITH_DATA = ['sendDisconnect with data'];

/**
 * The first rule that fits decides. On ws2_32 it is Windows that the rules describe: Wine has a few answers
 * of its own.
 */
// biome-ignore format: one row a rule
export const RULES: readonly Rule[] = [
  { facts: { isInitialised: false }, code: 'WSANOTINITIALISED', because: 'The session has no start-up left.' },
  { states: ['closed'], code: 'WSAENOTSOCK', because: 'The socket is closed.' },
  { calls: ['startRelay'], states: ['fresh', 'bound', 'connecting', 'connected', 'reset'], code: 'WSAEINVAL', because: 'Only a listener can have a relay.' },
  { but: ['getSocket', 'cancel', 'close'], states: ['reset'], facts: { hasAddress: false }, code: 'WSAECONNRESET', because: 'A fault has reset the connection; the socket can only be closed.' },

  { calls: WITH_DATA, kind: 'datagram', code: 'WSAENOPROTOOPT', because: 'Datagrams have no disconnect data.' },
  { calls: WITH_DATA, facts: { disconnectData: 'unknown' }, code: undefined, because: 'The catalog entry decides: XP1_DISCONNECT_DATA.' },
  // The lab has disconnect data; TCP, so posix and ws2_32, has not.
  { calls: WITH_DATA, facts: { disconnectData: false }, code: 'WSAENOPROTOOPT', because: 'The catalog entry lacks XP1_DISCONNECT_DATA.' },
  { calls: WITH_DATA, states: ['reset'], code: 'WSAENOTCONN', because: 'No connection is left that could carry the data.' },
  { calls: WITH_DATA, states: ['connected'], facts: { sendShutdown: true }, code: 'WSAESHUTDOWN', because: 'The end is sent already, and data cannot follow it.' },

  { kind: 'stream', calls: ['bind'], states: ['bound', 'listening', 'connecting', 'connected', 'reset'], code: 'WSAEINVAL', because: 'The socket has an address already.' },
  { kind: 'stream', calls: ['listen'], states: ['fresh', 'connecting'], code: 'WSAEINVAL', because: 'Only a bound socket can listen.' },
  { kind: 'stream', calls: ['listen'], states: ['connected', 'reset'], code: 'WSAEISCONN', because: 'The socket has a connection.' },
  { kind: 'stream', calls: ['connect'], states: ['listening'], code: 'WSAEINVAL', because: 'The socket listens.' },
  { kind: 'stream', calls: ['connect'], states: ['connecting'], code: 'WSAEALREADY', because: 'A connect is under way.' },
  { kind: 'stream', calls: ['connect'], states: ['connected', 'reset'], code: 'WSAEISCONN', because: 'A socket has one connection in its life.' },
  { kind: 'stream', calls: ['connect'], states: ['fresh', 'bound'], facts: { nonBlocking: true, isInternet: true }, code: 'WSAEWOULDBLOCK', because: 'The connect begins, and the call does not wait for it.' },
  { kind: 'stream', calls: ACCEPTS, states: ['fresh', 'bound', 'connecting', 'connected', 'reset'], code: 'WSAEINVAL', because: 'The socket does not listen.' },
  { kind: 'stream', calls: ['sendMsg', 'recvMsg'], code: 'WSAEINVAL', because: 'Messages are for datagrams.' },
  { kind: 'stream', calls: [...MOVES, ...ENDS], states: ['fresh', 'bound', 'listening', 'connecting'], code: 'WSAENOTCONN', because: 'There is no connection.' },
  { kind: 'stream', calls: ['send', 'sendTo'], facts: { sendShutdown: true }, code: 'WSAESHUTDOWN', because: 'Sending was shut down.' },
  { kind: 'stream', calls: ['recv', 'recvFrom'], facts: { receiveShutdown: true }, code: 'WSAESHUTDOWN', because: 'Receiving was shut down.' },
  { kind: 'stream', calls: MOVES, states: ['reset'], facts: { peerClosed: true }, code: 'WSAECONNABORTED', because: 'The peer reset the connection after the end of its stream.' },
  { kind: 'stream', calls: MOVES, states: ['reset'], code: 'WSAECONNRESET', because: 'The connection was reset.' },
  { kind: 'stream', calls: ['getPeerName'], states: ['fresh', 'bound', 'listening'], code: 'WSAENOTCONN', because: 'There is no peer.' },
  { kind: 'stream', calls: ['ioctl FIONREAD'], states: ['listening'], code: 'WSAEINVAL', because: 'A listener receives no bytes.' },

  { kind: 'datagram', calls: ['listen', ...ACCEPTS], code: 'WSAEOPNOTSUPP', because: 'Datagrams have no connections.' },
  { kind: 'datagram', calls: ['bind'], states: ['bound', 'connected'], code: 'WSAEINVAL', because: 'The socket has an address already.' },
  { kind: 'datagram', calls: SENDS, facts: { sendShutdown: true }, code: 'WSAESHUTDOWN', because: 'Sending was shut down.' },
  { kind: 'datagram', calls: ['send'], states: ['fresh', 'bound'], code: 'WSAENOTCONN', because: 'There is no default peer; sendTo names one.' },
  { kind: 'datagram', calls: RECEIVES, states: ['fresh'], code: 'WSAEINVAL', because: 'Without an address nothing can arrive.' },
  { kind: 'datagram', calls: RECEIVES, facts: { receiveShutdown: true }, code: 'WSAESHUTDOWN', because: 'Receiving was shut down.' },
  { kind: 'datagram', calls: ['getPeerName'], states: ['fresh', 'bound'], code: 'WSAENOTCONN', because: 'There is no default peer.' },
  { kind: 'datagram', calls: ['ioctl SIOCATMARK'], code: 'WSAEINVAL', because: 'Datagrams have no urgent data.' },

  { calls: ['getSockName'], states: ['fresh'], code: 'WSAEINVAL', because: 'The socket has no address yet.' },
];

/**
 * The name of the code that a call with sensible parameters would answer at once in this state; undefined: it
 * can succeed, or has to wait. Only the state and the kind of the socket are judged: not faults, not data
 * that has or has not arrived, not other calls under way.
 *
 * @param socket of a closed socket, its last known members with the state `closed`
 */
export const predict = (operation: string, socket: SocketInfo, known: Known = {}): string | undefined =>
  decidingRule(operation, socket, known)?.code;

/** The rule behind a prediction: it says why. */
export const decidingRule = (operation: string, socket: SocketInfo, known: Known = {}): Rule | undefined => {
  const call = callName(operation, known.params ?? {});
  const kind = kindOf(socket);
  const facts = factsOf(socket, known);
  return RULES.find(
    (rule) =>
      (rule.calls === undefined || rule.calls.includes(call)) &&
      !rule.but?.includes(call) &&
      (rule.kind === undefined || rule.kind === kind) &&
      (rule.states === undefined || rule.states.includes(socket.state)) &&
      Object.entries(rule.facts ?? {}).every(([name, wanted]) => facts[name as keyof Facts] === wanted),
  );
};

/** The operation with the parameter that matters for rules. */
const callName = (
  operation: string,
  { request, disconnectData }: Readonly<Record<string, unknown>>,
): string => {
  if (operation === 'ioctl') return `ioctl ${request}`;
  return operation === 'sendDisconnect' && disconnectData !== undefined
    ? 'sendDisconnect with data'
    : operation;
};

const factsOf = (socket: SocketInfo, { startups = 1, serviceFlags }: Known): Facts => ({
  isInitialised: startups > 0,
  isInternet: socket.family === 'AF_INET' || socket.family === 'AF_INET6',
  hasAddress: socket.localAddress !== undefined,
  sendShutdown: socket.sendShutdown,
  receiveShutdown: socket.receiveShutdown,
  peerClosed: socket.peerClosed,
  nonBlocking: socket.nonBlocking,
  disconnectData: serviceFlags?.includes('XP1_DISCONNECT_DATA') ?? 'unknown',
});
