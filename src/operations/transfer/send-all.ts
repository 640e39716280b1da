import type { Answer } from '../../daemon/answers/answer.js';
import { type Call, type EndReason, endedAnswer } from '../../daemon/calls/call.js';
import { sendOnce } from '../../daemon/sockets/outbound.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { TrySubscribe } from '../../daemon/waiting/subscription.js';
import { NETWORK_EVENTS } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { type Failure, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { readyOrChanged, WAIT_ENDED } from '../waiting/retry-until-ready.js';

/** Codes that both send and sendTo document. */
export const SEND_ERRORS = [
  'WSAEACCES',
  'WSAEINTR',
  'WSAEFAULT',
  'WSAENETRESET',
  'WSAENOBUFS',
  'WSAENOTCONN',
  'WSAEOPNOTSUPP',
  'WSAESHUTDOWN',
  'WSAEWOULDBLOCK',
  'WSAEMSGSIZE',
  'WSAEHOSTUNREACH',
  'WSAEINVAL',
  'WSAECONNABORTED',
  'WSAECONNRESET',
  'WSAETIMEDOUT',
] as const satisfies readonly WsaName[];

export const SEND_ALSO_SEEN = {
  WSA_OPERATION_ABORTED: WAIT_ENDED,
  WSAENETUNREACH: 'no route to the network of the peer',
};

const WRITABLE = { write: true } as const;

/** What was sent. */
export interface Sent {
  bytesSent: number;
  /** For a pump: what has ended the call after a part. Other callers see that from the number. */
  endedBy?: Answer<never>;
}

export interface Sending {
  readonly data: Buffer;
  /** The Winsock function, for answers. */
  readonly name: string;
  /** The native call, for the bytes that are left. */
  readonly once: (left: Buffer) => Outcome<number>;
}

/**
 * Sends as a blocking send does: all bytes, waiting for room between parts. If something ends it after some
 * bytes were taken, their number is the answer; the next call answers the code of a native failure.
 */
export const sendAll = (
  socket: Socket,
  call: Call,
  { data: given, name, once }: Sending,
): Answer<Sent> | Promise<Answer<Sent>> => {
  // A fault may make the send short.
  const data = given.length > call.faults.mostBytes ? given.subarray(0, call.faults.mostBytes) : given;
  const first = sendOnce(socket.underlying, data, once);
  // The send would have to wait: FD_WRITE will say when there is room again.
  if (first.ok ? first.value < data.length : failedWith(first, 'WSAEWOULDBLOCK')) {
    socket.enableEvents(NETWORK_EVENTS.FD_WRITE);
  }
  const whole = first.ok && (first.value >= data.length || call.isNonBlockingOn(socket));
  if (whole) return ok({ bytesSent: first.value });
  if (!first.ok && (!failedWith(first, 'WSAEWOULDBLOCK') || call.isNonBlockingOn(socket))) return first;
  return rest(socket, call, data, first.ok ? first.value : 0, name, once);
};

const rest = async (
  socket: Socket,
  call: Call,
  data: Buffer,
  sentAtFirst: number,
  name: string,
  once: (left: Buffer) => Outcome<number>,
): Promise<Answer<Sent>> => {
  let sent = sentAtFirst;
  const watchRoom: TrySubscribe = (ready) => socket.watch(WRITABLE, ready);
  const stopped = <T extends Answer<never>>(answer: T) => (sent > 0 ? ok({ bytesSent: sent }) : answer);
  const endedBy = (reason: EndReason | Failure): Answer<Sent> => {
    const answer = endedAnswer(reason, name);
    return sent > 0 && call.pump ? ok({ bytesSent: sent, endedBy: answer }) : stopped(answer);
  };
  while (sent < data.length || sent === 0) {
    // What a fault holds back shows in the changes of the socket.
    const roomAgain = socket.underlying.hasHolds ? readyOrChanged(socket, WRITABLE) : watchRoom;
    const wake = await call.tryWait(roomAgain);
    if (wake !== 'ready') return endedBy(wake);
    if (call.ended) return endedBy(call.ended);
    const part = sendOnce(socket.underlying, data.subarray(sent), once);
    if (part.ok) sent += part.value;
    else if (!failedWith(part, 'WSAEWOULDBLOCK')) return stopped(part);
    if (part.ok && sent === data.length) break;
  }
  return ok({ bytesSent: sent });
};
