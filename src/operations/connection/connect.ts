import type { Static } from 'typebox';
import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { type Call, endedAnswer } from '../../daemon/calls/call.js';
import { ConnectAttempt } from '../../daemon/sockets/connect-attempt.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Connected } from '../../providers/provider.js';
import { isAnyAddress, isInternet, type SocketAddress, sameAddress } from '../../winsock/addresses.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { offers } from '../../winsock/protocol-info.js';
import { operation } from '../operation.js';
import { bytesOf, bytesResult } from '../schemas/buffers.js';
import { ADDRESS, LOCAL } from '../schemas/examples.js';
import { BufferSchema, BytesSchema, component, SocketAddressSchema, timeoutMs } from '../schemas/schemas.js';
import { WAIT_ENDED } from '../waiting/retry-until-ready.js';

export const connect = operation({
  name: 'connect',
  summary: 'Connect to an address',
  description: [
    'Waits until the connection stands or has failed. A limit ends the wait, not the attempt: the state stays',
    '`connecting`, the same address waits on, another one gives WSAEALREADY; only close ends the attempt. In',
    'non-blocking mode the answer is WSAEWOULDBLOCK, and the state, select, FD_CONNECT and SO_ERROR tell the rest, as',
    'they do of an attempt whose wait has ended; a repeated connect is WSAEALREADY meanwhile, then WSAEISCONN, or',
    'another try. A failure stays an exception of select and POLLERR of poll, and one that did not block stays in',
    'SO_ERROR, until a connect succeeds. On a datagram socket it sets the default peer, at once, with port 0 too, which',
    'the list of codes calls WSAEADDRNOTAVAIL; the zero address removes the peer. A path of AF_UNIX at which nobody',
    'listens, or whose listener has a full queue, is WSAECONNREFUSED, whether there is a file or not. `callerData`',
    'needs an entry with XP1_CONNECT_DATA.',
  ].join('\n'),
  winsock: ['connect', 'WSAConnect'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect',
  scope: 'socket',
  params: component('ConnectRequest', 'What connect takes.', {
    address: SocketAddressSchema,
    callerData: Type.Optional(BufferSchema),
    timeoutMs,
  }),
  result: component('ConnectResult', 'The connection.', {
    localAddress: Type.Optional(SocketAddressSchema),
    remoteAddress: Type.Optional(SocketAddressSchema),
    calleeData: Type.Optional(BytesSchema),
  }),
  errors: [
    'WSAEADDRINUSE',
    'WSAEINTR',
    'WSAEALREADY',
    'WSAEADDRNOTAVAIL',
    'WSAEAFNOSUPPORT',
    'WSAECONNREFUSED',
    'WSAEFAULT',
    'WSAEINVAL',
    'WSAEISCONN',
    'WSAENETUNREACH',
    'WSAEHOSTUNREACH',
    'WSAENOBUFS',
    'WSAETIMEDOUT',
    'WSAEWOULDBLOCK',
    'WSAEACCES',
    'WSAEPROTONOSUPPORT',
    'WSAEOPNOTSUPP',
  ],
  alsoSeen: {
    WSA_OPERATION_ABORTED: WAIT_ENDED,
    WSAECONNRESET: 'the peer reset the connection while it was being made',
  },
  advice: {
    WSAEFAULT:
      'the address is of another family than the socket, or the data is longer than the provider takes.',
    WSAETIMEDOUT: 'the peer did not answer in time.',
  },
  example: {
    sockets: ['client'],
    port: 'listener',
    params: { address: ADDRESS, timeoutMs: 5000 },
    result: { localAddress: LOCAL, remoteAddress: ADDRESS },
  },
  effect: 'change',
  blocking: true,
  does: 'connects',
  destination: (params) => ({ kind: 'connect', address: params.address }),
  run(socket, { address, callerData }, call) {
    const under = socket.attempt;
    if (under) {
      // A failure that nobody has asked about is in SO_ERROR; another try does not wait for its telling.
      const failed = under.result !== undefined && !under.result.ok;
      const again = socket.nonBlocking || !under.isOwed || !sameAddress(under.to, address);
      if (!failed || !again) return joined(socket, under, address, call);
      socket.underlying.attemptTold(under);
    }
    let data: Buffer | undefined;
    if (callerData) {
      const bytes = bytesOf(callerData, ['callerData'], 'WSAConnect');
      if (!bytes.ok) return bytes;
      if (!offers(socket.entry, 'XP1_CONNECT_DATA')) {
        return fail('WSAEPROTONOSUPPORT', 'WSAConnect', {
          detail: 'the provider of this socket has no connect data.',
        });
      }
      data = bytes.value;
    }
    return begun(socket, address, data, call);
  },
  journal: ({ localAddress, remoteAddress }, { address }) => ({
    addresses: { local: localAddress, remote: remoteAddress, peer: address },
  }),
});

/** Codes by which a system fails a connect at once that it has tried; by others it has not. */
const FAILED_TRIES = ['WSAECONNREFUSED', 'WSAENETUNREACH', 'WSAEHOSTUNREACH', 'WSAETIMEDOUT'] as const;

/** Begins a connect; where the stack ends it at once, there is nothing to wait for. */
const begun = (socket: Socket, to: SocketAddress, data: Buffer | undefined, call: Call) => {
  // A wait that is refused later would leave an attempt behind.
  const refused = socket.isStream && !socket.nonBlocking ? call.refusedWait() : undefined;
  if (refused) return refused;
  const first = socket.use((provider, s) => provider.connect(s, to, data));
  const isUnderWay = failedWith(first, 'WSAEWOULDBLOCK');
  const attempt = new ConnectAttempt(to, !socket.nonBlocking);
  if (isUnderWay && socket.nonBlocking) {
    // However soon it ends: a program that goes on only at WSAEWOULDBLOCK and its events must get both.
    socket.underlying.began(attempt, socket);
    return first;
  }
  // On loopback the connection stands by now: a second look saves the wait.
  const now = isUnderWay ? socket.use((provider, s) => provider.finishConnect(s)) : first;
  const code = now.ok ? 0 : now.code;
  if (failedWith(now, 'WSAEWOULDBLOCK')) {
    socket.underlying.began(attempt, socket);
    return awaited(socket, attempt, call);
  }
  const wasTried = isUnderWay || FAILED_TRIES.some((name) => failedWith(now, name));
  if (code !== 0 && wasTried && socket.isStream) socket.underlying.connectEnded(code, true);
  if (now.ok) {
    if (now.value.queueDropped) socket.inbound.queueDropped();
    if (!socket.isStream && isInternet(to) && isAnyAddress(to)) socket.dissolved();
    else socket.underlying.connected();
  } else if (!socket.isStream) socket.maybeBound();
  attempt.settle(now);
  // A datagram socket can be connected again and again: only a stream has something to tell once.
  if (socket.isStream) call.undelivered(() => socket.underlying.attemptUntold(attempt));
  return told(socket, now);
};

/** A connect is under way, or has ended without anybody having been told. */
const joined = (socket: Socket, attempt: ConnectAttempt, to: SocketAddress, call: Call) => {
  const same = sameAddress(attempt.to, to);
  if (!attempt.isSettled && (socket.nonBlocking || !same)) return fail('WSAEALREADY', 'connect');
  if (attempt.isSettled && (socket.nonBlocking || !same)) {
    socket.underlying.attemptTold(attempt);
    return fail('WSAEISCONN', 'connect');
  }
  return awaited(socket, attempt, call);
};

const awaited = async (socket: Socket, attempt: ConnectAttempt, call: Call): Promise<Answer<Ends>> => {
  attempt.isOwed = true;
  for (;;) {
    const { result } = attempt;
    if (result) {
      socket.underlying.attemptTold(attempt);
      call.undelivered(() => socket.underlying.attemptUntold(attempt));
      return told(socket, result);
    }
    const wake = await call.tryWait((wakes) => attempt.ending(wakes));
    if (wake !== 'ready') {
      attempt.blocks = false;
      return endedAnswer(wake, 'connect');
    }
  }
};

const told = (socket: Socket, outcome: Outcome<Connected>) =>
  outcome.ok ? ok(resultOf(socket, outcome.value)) : outcome;

interface Ends {
  localAddress?: SocketAddress;
  remoteAddress?: SocketAddress;
  calleeData?: Static<typeof BytesSchema>;
}

const resultOf = (socket: Socket, { calleeData }: Connected): Ends => {
  const local = socket.use((provider, s) => provider.getSockName(s));
  const remote = socket.use((provider, s) => provider.getPeerName(s));
  const result: Ends = {};
  if (local.ok) result.localAddress = local.value;
  if (remote.ok) result.remoteAddress = remote.value;
  if (calleeData) result.calleeData = bytesResult(calleeData);
  return result;
};
