import { isUtf8 } from 'node:buffer';
import type { Static } from 'typebox';
import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { RECV_FLAGS } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { ok } from '../../winsock/outcome.js';
import { bytesResult, MOST_BUFFERS, roomOf, scattered } from '../schemas/buffers.js';
import { rawResult } from '../schemas/raw-bytes.js';
import { BytesSchema, int32, keysOf, names, timeoutMs } from '../schemas/schemas.js';
import { WAIT_ENDED, WATCH_REFUSED } from '../waiting/retry-until-ready.js';
import { recvFlagsRefused } from './flags.js';
import { FUNCTIONS, ReceiveCall, type ReceiveParams } from './receive-call.js';

const MOST_BYTES = 4 * 1024 * 1024;

/** Codes that both recv and recvFrom document. */
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
        'MSG_PEEK leaves the bytes there; MSG_OOB takes the urgent byte; ' +
          'MSG_WAITALL waits for maxBytes bytes.',
      ),
      { maxItems: 8 },
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

/**
 * Receives what has arrived, or waits for it; without a promise if bytes are there. If the answer is not
 * delivered, what it holds goes back.
 *
 * @param native the provider's call
 * @param resultOf makes the result of the operation
 */
export const receive = <R>(
  socket: Socket,
  call: Call,
  daemon: Daemon,
  native: keyof typeof FUNCTIONS,
  params: ReceiveParams,
  resultOf: (arrival: Arrival) => R,
): Answer<R> | Promise<Answer<R>> => {
  const name = FUNCTIONS[native];
  const room = roomOf(params, name);
  if (!room.ok) return room;
  const refused = recvFlagsRefused(socket, params, name);
  if (refused) return refused;
  const receiveCall = new ReceiveCall(socket, call, daemon, native, params, room.value);
  const answer = receiveCall.begin(name);
  const conclude = (got: Answer<Arrival>): Answer<R> => {
    const concluded = receiveCall.conclude(got);
    return concluded.ok ? ok(resultOf(concluded.value)) : concluded;
  };
  return answer instanceof Promise ? answer.then(conclude) : conclude(answer);
};

/** The members that the result of every receive has. */
export interface ReceivedResult {
  data: Static<typeof BytesSchema>;
  buffers?: Static<typeof BytesSchema>[];
  bytesReceived: number;
  eof: boolean;
  truncated: boolean;
}

/** The result of a pump's recv: its bytes stay as they are. */
export const receivedByPump = ({ data, eof, truncated }: Arrival): ReceivedResult => ({
  data: rawResult(data),
  bytesReceived: data.length,
  eof,
  truncated,
});

/** The result of recv; recvFrom adds the sender. */
export const received = (
  { data, eof, truncated }: Arrival,
  { buffers, as }: Pick<ReceiveParams, 'buffers' | 'as'>,
): ReceivedResult => {
  const bytes = bytesResult(data);
  const content = as === 'text' && isUtf8(data) ? { ...bytes, text: data.toString() } : bytes;
  if (buffers === undefined || buffers.length === 0) {
    return { data: content, bytesReceived: data.length, eof, truncated };
  }
  return { data: content, buffers: scattered(data, buffers), bytesReceived: data.length, eof, truncated };
};
