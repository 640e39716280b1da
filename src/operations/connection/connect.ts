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
import {
  BufferSchema,
  BytesSchema,
  component,
  parameters,
  SocketAddressSchema,
  timeoutMs,
} from '../schemas/schemas.js';
import { WAIT_ENDED } from '../waiting/retry-until-ready.js';

export const connect = operation({
  name: 'connect',
  summary: 'Connect to an address',
  description: [
    'Waits until the connection is established or has failed. A limit ends the wait, not the attempt: the',
    'state stays `connecting`, a connect to the same address waits on, to another one it is WSAEALREADY;',
    'only close ends the attempt. In non-blocking mode the answer is WSAEWOULDBLOCK, and the state, select,',
    'FD_CONNECT and SO_ERROR show the result, as they do after a wait has ended; a repeated connect is',
    'WSAEALREADY meanwhile, then WSAEISCONN, or another try. Until a connect succeeds, a failure stays an',
    'exception of select and POLLERR of poll, and a non-blocking one stays in SO_ERROR. On a datagram socket',
    'connect sets the default peer, at once, also with port 0, against the list of codes (WSAEADDRNOTAVAIL);',
    'the zero address removes the peer. A path of AF_UNIX without a listener, or whose listener has a full',
    'queue, is WSAECONNREFUSED, whether or not the file exists. `callerData` needs an entry with',
    'XP1_CONNECT_DATA.',
  ].join('\n'),
  winsock: ['connect', 'WSAConnect'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect',
  scope: 'socket',
  params: parameters('ConnectRequest', {
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
      // A failure that no call has answered yet is in SO_ERROR; another try need not wait until one does.
      const failed = under.result !== undefined && !under.result.ok;
      const again = socket.nonBlocking || !under.mustReport || !sameAddress(under.to, address);
      if (!failed || !again) return joined(socket, under, address, call);
      socket.underlying.attemptReported(under);
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

/** Codes of a connect that the system tried and that failed at once; with other codes it was not tried. */
const FAILED_TRIES = ['WSAECONNREFUSED', 'WSAENETUNREACH', 'WSAEHOSTUNREACH', 'WSAETIMEDOUT'] as const;

/** Begins a connect; if the stack ends it at once, the call does not wait. */
const begun = (socket: Socket, to: SocketAddress, data: Buffer | undefined, call: Call) => {
  // Checked first: a wait that is refused later would leave an attempt behind.
  const isNonBlocking = call.isNonBlockingOn(socket);
  const refused = socket.isStream && !isNonBlocking ? call.reserveWait() : undefined;
  if (refused) return refused;
  const first = socket.use((provider, s) => provider.connect(s, to, data));
  const isUnderWay = failedWith(first, 'WSAEWOULDBLOCK');
  const attempt = new ConnectAttempt(to, !isNonBlocking);
  if (isUnderWay && isNonBlocking) {
    // Even if it ends at once: a program that expects WSAEWOULDBLOCK and then events must get both.
    socket.underlying.connectBegan(attempt, socket);
    return first;
  }
  // On loopback the connection is established by now: asking again saves the wait.
  const now = isUnderWay ? socket.use((provider, s) => provider.finishConnect(s)) : first;
  const code = now.ok ? 0 : now.code;
  if (failedWith(now, 'WSAEWOULDBLOCK')) {
    socket.underlying.connectBegan(attempt, socket);
    return awaited(socket, attempt, call);
  }
  const wasTried = isUnderWay || FAILED_TRIES.some((name) => failedWith(now, name));
  if (code !== 0 && wasTried && socket.isStream) socket.underlying.connectEnded(code, true);
  if (now.ok) {
    if (now.value.queueDropped) socket.inbound.queueDropped();
    if (!socket.isStream && isInternet(to) && isAnyAddress(to)) socket.peerRemoved();
    else socket.underlying.connected();
  } else if (!socket.isStream) socket.noteIfBound();
  attempt.settle(now);
  // A datagram socket can be connected again and again: only the result of a stream's connect is kept until
  // it is delivered.
  if (socket.isStream) call.onUndelivered(() => socket.underlying.attemptNotReported(attempt));
  return answerOf(socket, now);
};

/** A connect on a socket whose earlier connect is pending, or has ended without an answer. */
const joined = (socket: Socket, attempt: ConnectAttempt, to: SocketAddress, call: Call) => {
  const same = sameAddress(attempt.to, to);
  if (!attempt.isSettled && (socket.nonBlocking || !same)) return fail('WSAEALREADY', 'connect');
  if (attempt.isSettled && (socket.nonBlocking || !same)) {
    socket.underlying.attemptReported(attempt);
    return fail('WSAEISCONN', 'connect');
  }
  return awaited(socket, attempt, call);
};

const awaited = async (socket: Socket, attempt: ConnectAttempt, call: Call): Promise<Answer<Ends>> => {
  attempt.mustReport = true;
  for (;;) {
    const { result } = attempt;
    if (result) {
      socket.underlying.attemptReported(attempt);
      call.onUndelivered(() => socket.underlying.attemptNotReported(attempt));
      return answerOf(socket, result);
    }
    const wake = await call.tryWait((wakes) => attempt.trySubscribe(wakes));
    if (wake !== 'ready') {
      attempt.blocks = false;
      return endedAnswer(wake, 'connect');
    }
  }
};

const answerOf = (socket: Socket, outcome: Outcome<Connected>) =>
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
