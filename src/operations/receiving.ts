import type { Static } from 'typebox';
import Type from 'typebox';
import type { Answer } from '../daemon/answer.js';
import type { Call } from '../daemon/call.js';
import type { Daemon } from '../daemon/daemon.js';
import type { Arrival } from '../daemon/returned.js';
import type { Socket } from '../daemon/socket.js';
import { flagBits, RECV_FLAGS } from '../winsock/constants.js';
import type { WsaName } from '../winsock/errors.js';
import { failedWith, type Outcome, ok } from '../winsock/outcome.js';
import { blocking } from './blocking.js';
import { bytesResult } from './buffers.js';
import { BytesSchema, int32, names, timeoutMs } from './schemas.js';

/** recv without maxBytes takes this many. */
const DEFAULT_BYTES = 65_536;
const MOST_BYTES = 4 * 1024 * 1024;

/** Codes that recv and recvFrom document alike. */
export const RECV_ERRORS = [
  'WSAEFAULT',
  'WSAENOTCONN',
  'WSAEINTR',
  'WSAENETRESET',
  'WSAEOPNOTSUPP',
  'WSAESHUTDOWN',
  'WSAEWOULDBLOCK',
  'WSAEMSGSIZE',
  'WSAEINVAL',
  'WSAECONNABORTED',
  'WSAETIMEDOUT',
  'WSAECONNRESET',
] as const satisfies readonly WsaName[];

export const RECV_ALSO_SEEN = {
  WSA_OPERATION_ABORTED: 'the wait was cancelled, or its session cleaned up or ended',
};

export const receiveParams = {
  maxBytes: Type.Optional(int32('Most bytes to take; 65,536 without it.', 1, MOST_BYTES)),
  flags: Type.Optional(
    Type.Array(names(['MSG_PEEK'], 'MSG_PEEK leaves the bytes there.'), {
      maxItems: 8,
      description: 'Flags.',
    }),
  ),
  timeoutMs,
};

export const receiveResult = {
  data: BytesSchema,
  bytesReceived: int32('How many bytes were received.', 0, MOST_BYTES),
  eof: Type.Boolean({ description: 'The stream of the peer has ended; there will be no more.' }),
  truncated: Type.Boolean({
    description: 'The datagram was longer than maxBytes; its rest is lost (WSAEMSGSIZE).',
  }),
};

export interface Receiving {
  readonly maxBytes?: number;
  readonly flags?: 'MSG_PEEK'[];
}

/**
 * Receives what waits, or waits for it. What was given back after an undelivered answer comes first, and
 * what this answer holds goes back in front if it is not delivered either.
 *
 * @param native the provider's call, and the Winsock function for answers
 */
export const receiving = async (
  socket: Socket,
  call: Call,
  daemon: Daemon,
  native: 'recv' | 'recvFrom',
  params: Receiving,
): Promise<Answer<Arrival>> => {
  const maxBytes = Math.min(params.maxBytes ?? DEFAULT_BYTES, daemon.limits.recvBytes);
  const peek = params.flags?.includes('MSG_PEEK') ?? false;
  const bits = flagBits(RECV_FLAGS, params.flags);
  /** Bytes given back are the beginning of what waits: FIONREAD counts both, and one recv gives both. */
  const toppedUp = (first: Arrival): Arrival => {
    const room = maxBytes - first.data.length;
    if (!socket.isStream || room <= 0) return first;
    const into = daemon.scratch(room);
    const more = socket.use((provider, s) => provider[native](s, into, bits));
    // An end, an error or nothing will be said by the next call.
    return more.ok
      ? { ...first, data: Buffer.concat([first.data, into.subarray(0, more.value.bytes)]) }
      : first;
  };
  const once = (): Outcome<Arrival> => {
    const returned = socket.receiveShutdown ? undefined : socket.returned.take(maxBytes, peek);
    if (returned) return returned.ok ? ok(toppedUp(returned.value)) : returned;
    const into = daemon.scratch(maxBytes);
    const got = socket.use((provider, s) => provider[native](s, into, bits));
    if (!got.ok) return got;
    const { bytes, ...facts } = got.value;
    return ok({ data: Buffer.from(into.subarray(0, bytes)), ...facts });
  };
  const answer = await blocking(socket, call, { read: true }, native === 'recv' ? 'recv' : 'recvfrom', once);
  if (answer.ok && answer.value.eof) socket.peerClosed = true;
  if (!peek) keepUntilDelivered(socket, call, answer);
  return answer;
};

/** The end of a stream and a lost connection are said again by themselves; everything else is said once. */
const keepUntilDelivered = (socket: Socket, call: Call, answer: Answer<Arrival>): void => {
  if (answer.ok) {
    const { value } = answer;
    if (!value.eof) call.undelivered(() => socket.returned.putBack(value));
  } else if ('code' in answer && !socket.isStream && failedWith(answer, 'WSAECONNRESET')) {
    call.undelivered(() => socket.returned.putBack(answer));
  }
};

/** The result of recv; recvFrom adds the sender. */
export const received = (
  arrival: Arrival,
): { data: Static<typeof BytesSchema>; bytesReceived: number; eof: boolean; truncated: boolean } => ({
  data: bytesResult(arrival.data),
  bytesReceived: arrival.data.length,
  eof: arrival.eof,
  truncated: arrival.truncated,
});
