import { loopback, type TestSession, type TestSocket } from '../scenarios/test-daemon.js';

/** A call that a person would try on a socket, with sensible parameters. */
export interface TriedCall {
  readonly operation: string;
  /** The parameters. @param target an address that takes what is sent to it, or connects */
  params(target: object): Readonly<Record<string, unknown>>;
}

/** Long enough for what can happen at once. A call that has to wait for more ends with WSAETIMEDOUT. */
const SHORT_MS = 30;

const call = (operation: string, params: Readonly<Record<string, unknown>> = {}): TriedCall => ({
  operation,
  params: () => params,
});

const to = (operation: string, params: Readonly<Record<string, unknown>> = {}): TriedCall => ({
  operation,
  params: (address) => ({ ...params, address }),
});

const data = { text: 'hello' };

/** Every operation of a socket whose answer depends on its state or kind. */
export const TRIED_CALLS: readonly TriedCall[] = [
  call('bind', { address: loopback('AF_INET', 0) }),
  call('listen', { backlog: 4 }),
  to('connect', { timeoutMs: SHORT_MS }),
  call('accept', { timeoutMs: SHORT_MS }),
  call('conditionalAccept', { condition: 'CF_ACCEPT', timeoutMs: SHORT_MS }),
  call('send', { data, timeoutMs: SHORT_MS }),
  call('recv', { timeoutMs: SHORT_MS }),
  to('sendTo', { data, timeoutMs: SHORT_MS }),
  call('recvFrom', { timeoutMs: SHORT_MS }),
  to('sendMsg', { data, timeoutMs: SHORT_MS }),
  call('recvMsg', { timeoutMs: SHORT_MS }),
  call('shutdown', { how: 'SD_SEND' }),
  call('shutdown', { how: 'SD_RECEIVE' }),
  call('shutdown', { how: 'SD_BOTH' }),
  call('sendDisconnect'),
  call('sendDisconnect', { disconnectData: { text: 'bye' } }),
  call('recvDisconnect'),
  call('getPeerName'),
  call('getSockName'),
  call('getSocket'),
  call('getSockOpt', { level: 'SOL_SOCKET', name: 'SO_ERROR' }),
  call('setSockOpt', { level: 'SOL_SOCKET', name: 'SO_RCVBUF', value: { integer: 65_536 } }),
  call('ioctl', { request: 'FIONREAD' }),
  call('ioctl', { request: 'FIONBIO', value: 0 }),
  call('ioctl', { request: 'SIOCATMARK' }),
  call('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] }),
  call('enumNetworkEvents', { timeoutMs: 0 }),
  call('duplicate'),
  { operation: 'startRelay', params: (upstream) => ({ upstream }) },
  call('cancel'),
  call('close'),
];

/** An address that takes what a socket of the kind sends or connects to. */
export const targetOf = async (session: TestSession, kind: 'stream' | 'datagram'): Promise<object> => {
  if (kind === 'stream') return (await session.listener()).sockName();
  const inbox: TestSocket = await session.datagram();
  // Not 127.0.0.1: there the port could be that of the daemon's own listener, which no socket may use.
  await inbox.ok('bind', { address: { ...loopback('AF_INET', 0), address: '127.0.0.2' } });
  return inbox.sockName();
};
