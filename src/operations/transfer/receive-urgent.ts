import type { Answer } from '../../daemon/answers/answer.js';
import { type Call, endedAnswer } from '../../daemon/calls/call.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { RECV_FLAGS } from '../../winsock/constants.js';
import { type Failure, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { readyOrChanged } from '../waiting/retry-until-ready.js';

/** Receiving with MSG_OOB: the urgent byte, which is no part of the stream. */

const END: Arrival = Object.freeze({ data: Buffer.alloc(0), eof: true, truncated: false });

/** How the connection was lost; undefined when it has merely ended. */
const lost = (socket: Socket): Failure | undefined => {
  const seen = socket.use((provider, s) => provider.recv(s, Buffer.alloc(1), RECV_FLAGS.MSG_PEEK));
  return seen.ok || failedWith(seen, 'WSAEWOULDBLOCK') ? undefined : seen;
};

/**
 * Takes the urgent byte, or waits for one. When the peer's stream has ended none can come any more, which
 * is answered as the end is. An undelivered byte goes back, apart from the stream.
 *
 * @param native the provider's call with MSG_OOB
 */
export const receiveUrgent = async (
  socket: Socket,
  call: Call,
  name: string,
  peek: boolean,
  native: () => Outcome<Arrival>,
): Promise<Answer<Arrival>> => {
  let ended = false;
  for (;;) {
    const hides = socket.receiveShutdown || socket.frozenBy !== undefined;
    const returned = hides ? undefined : socket.returned.takeUrgent(peek);
    const got = returned ?? native();
    if (got.ok && !peek && !got.value.eof) {
      call.undelivered(() => socket.putBackUrgent(got.value));
    }
    if (!failedWith(got, 'WSAEWOULDBLOCK') || socket.nonBlocking) return got;
    if (ended && socket.frozenBy === undefined) return lost(socket) ?? ok(END);
    const wake = await call.tryWait(
      readyOrChanged(socket, { urgent: true, hangup: true }, (seen) => {
        ended = seen.hangup === true;
      }),
    );
    if (wake !== 'ready') return endedAnswer(wake, name);
    if (call.ended) return endedAnswer(call.ended, name);
  }
};
