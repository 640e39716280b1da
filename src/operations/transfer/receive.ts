import { isUtf8 } from 'node:buffer';
import type { Static } from 'typebox';
import Type from 'typebox';
import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { flagBits, NETWORK_EVENTS, RECV_FLAGS, type RecvFlag } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { type Failure, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { bytesResult, MOST_BUFFERS, roomOf, type Scattering, scattered } from '../schemas/buffers.js';
import { BytesSchema, int32, keysOf, names, timeoutMs } from '../schemas/schemas.js';
import { retryUntilReady, WAIT_ENDED, WATCH_REFUSED } from '../waiting/retry-until-ready.js';
import { recvFlagsRefused } from './flags.js';
import { receiveAll } from './receive-all.js';
import { receiveUrgent } from './receive-urgent.js';

/** recv without maxBytes takes this many. */
export const DEFAULT_BYTES = 65_536;
const MOST_BYTES = 4 * 1024 * 1024;

/** Network events that any receive enables again. */
const ENABLED_BY_RECV = NETWORK_EVENTS.FD_READ | NETWORK_EVENTS.FD_OOB;

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
  WSAENOBUFS: WATCH_REFUSED,
  WSA_OPERATION_ABORTED: WAIT_ENDED,
};

export const receiveParams = {
  maxBytes: Type.Optional(int32('Most bytes to take; 65,536 without it.', 0, MOST_BYTES)),
  buffers: Type.Optional(
    Type.Array(int32('The length of one buffer.', 0, MOST_BYTES), {
      maxItems: MOST_BUFFERS,
      description: 'In place of maxBytes: the lengths of several buffers, filled in a row (scatter/gather).',
    }),
  ),
  flags: Type.Optional(
    Type.Array(
      names(
        'RecvFlag',
        keysOf(RECV_FLAGS),
        'MSG_PEEK leaves the bytes there; MSG_OOB takes the urgent byte; MSG_WAITALL waits for maxBytes bytes.',
      ),
      { maxItems: 8, description: 'Flags.' },
    ),
  ),
  as: Type.Optional(
    names(
      'ReceivedAs',
      ['text'],
      '`text` gives bytes that are UTF-8 as `text` too; others have base64 alone.',
    ),
  ),
  timeoutMs,
};

export const receiveResult = {
  data: BytesSchema,
  buffers: Type.Optional(
    Type.Array(BytesSchema, {
      description:
        'Where buffers were given, the data spread over them: as many, the last ones may be empty.',
    }),
  ),
  bytesReceived: int32('How many bytes were received.', 0, MOST_BYTES),
  eof: Type.Boolean({ description: 'The stream of the peer has ended; there will be no more.' }),
  truncated: Type.Boolean({
    description: 'The datagram was longer than the room for it; its rest is lost (WSAEMSGSIZE).',
  }),
};

export interface Receiving extends Scattering {
  readonly as?: 'text';
  readonly flags?: RecvFlag[];
}

/** The provider's calls, each with the Winsock function for answers. */
const FUNCTIONS = { recv: 'recv', recvFrom: 'recvfrom', recvMsg: 'WSARecvMsg' } as const;

/**
 * Receives what waits, or waits for it. What this answer holds goes back if it is not delivered.
 *
 * @param native the call that is meant
 */
export const receive = async (
  socket: Socket,
  call: Call,
  daemon: Daemon,
  native: keyof typeof FUNCTIONS,
  params: Receiving,
): Promise<Answer<Arrival>> => {
  const name = FUNCTIONS[native];
  const room = roomOf(params, name);
  if (!room.ok) return room;
  const maxBytes = Math.min(room.value ?? DEFAULT_BYTES, daemon.limits.recvBytes, call.faults.mostBytes);
  // A receive without room waits for bytes of a stream and takes none (test_empty_recv of Wine's sock.c): a look at
  // the first of them is the same, and tells the end of the peer apart.
  const takesNone = socket.isStream && room.value === 0;
  const most = takesNone ? 1 : maxBytes;
  const peek = takesNone || (params.flags?.includes('MSG_PEEK') ?? false);
  const refused = recvFlagsRefused(socket, params, name);
  if (refused) return refused;
  const bits = flagBits(RECV_FLAGS, params.flags?.filter(isNative)) | (peek ? RECV_FLAGS.MSG_PEEK : 0);
  // A datagram that recv took and that was not delivered may be received by recvFrom, which tells the sender, or by
  // recvMsg, which tells what else came with it.
  const fromDatagrams = socket.underlying.receivesMessages ? 'recvMsg' : 'recvFrom';
  const making = socket.isStream ? native : fromDatagrams;
  const bytes = daemon.bytes.of(call.owner);
  const isUrgent = params.flags?.includes('MSG_OOB') ?? false;
  const fromProvider = (most: number): Outcome<Arrival> => {
    const into = daemon.scratch(most);
    const got = socket.use((provider, s) => provider[making](s, into, bits));
    if (!got.ok) return got;
    const { bytes: taken, ...facts } = got.value;
    const order = socket.inbound.count(taken);
    return ok({ data: Buffer.from(into.subarray(0, taken)), ...facts, order });
  };
  // Reserved at the take and not while it waits: nothing comes between this question and the count of what was taken.
  // What was given back before counts already, so that it can always be taken.
  const once = (most: number): Answer<Arrival> => {
    const full = bytes.refused(most);
    if (full && peek) return full;
    const more = (room: number): Answer<Arrival> => full ?? fromProvider(room);
    const got = isUrgent
      ? socket.inbound.receiveUrgent(most, peek, more)
      : socket.inbound.receive(socket, most, peek, more);
    if (!got.ok && isRefusal(got)) return got;
    if (got.ok) call.keepBytes(got.value.data.length, bytes);
    socket.enableEvents(ENABLED_BY_RECV);
    return got;
  };
  if (isUrgent) {
    const urgent = await receiveUrgent(socket, call, name, peek, () => once(most));
    return takesNone ? withoutBytes(urgent) : urgent;
  }
  const answer = await (params.flags?.includes('MSG_WAITALL')
    ? receiveAll(socket, call, name, most, once)
    : retryUntilReady(socket, call, { read: true }, name, () => once(most)));
  if (answer.ok && answer.value.eof) socket.sawEnd();
  // A peek leaves a datagram there, but not what ICMP has said.
  if (!peek || !answer.ok) keepUntilDelivered(socket, call, answer);
  return takesNone ? withoutBytes(answer) : answer;
};

const NO_BYTES = Buffer.alloc(0);

/** What a receive without room answers where one with room would have taken something. */
const withoutBytes = (answer: Answer<Arrival>): Answer<Arrival> =>
  answer.ok ? ok({ ...answer.value, data: NO_BYTES }) : answer;

/** MSG_WAITALL is the daemon's, and MSG_PARTIAL says what is so anyway: a part is taken as it is. */
const isNative = (flag: RecvFlag): boolean => flag === 'MSG_PEEK' || flag === 'MSG_OOB';

/** The end of a stream and a lost connection are said again by themselves; everything else is said once. */
const keepUntilDelivered = (socket: Socket, call: Call, answer: Answer<Arrival>): void => {
  if (isRefusal(answer)) return;
  const isSaidOnce = answer.ok ? !answer.value.eof : !socket.isStream && isOfEarlier(answer);
  if (isSaidOnce) call.undelivered(() => socket.inbound.putBack(answer));
};

/** What ICMP has said of an earlier datagram. */
const isOfEarlier = (failure: Failure): boolean =>
  failedWith(failure, 'WSAECONNRESET') || failedWith(failure, 'WSAENETRESET');

/** The members of a result that every receive has. */
export interface ReceivedResult {
  data: Static<typeof BytesSchema>;
  buffers?: Static<typeof BytesSchema>[];
  bytesReceived: number;
  eof: boolean;
  truncated: boolean;
}

/** The result of recv; recvFrom adds the sender. */
export const received = (
  { data, eof, truncated }: Arrival,
  { buffers, as }: Pick<Receiving, 'buffers' | 'as'>,
): ReceivedResult => ({
  data: { ...bytesResult(data), ...(as === 'text' && isUtf8(data) && { text: data.toString() }) },
  ...(buffers && buffers.length > 0 && { buffers: scattered(data, buffers) }),
  bytesReceived: data.length,
  eof,
  truncated,
});
