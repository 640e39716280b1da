import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import { type Call, endedAnswer } from '../../daemon/calls/call.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { failedWith, ok } from '../../winsock/outcome.js';
import { readyOrChanged } from '../waiting/retry-until-ready.js';

/** Receiving with MSG_OOB: the urgent byte, which is not part of the stream. */

const END: Arrival = Object.freeze({ data: Buffer.alloc(0), eof: true, truncated: false, order: 0 });

/**
 * Takes the urgent byte, or waits for one. After the end of the peer's stream no urgent byte can come: the
 * answer is the end. An undelivered byte goes back, apart from the stream.
 *
 * @param once one receive with MSG_OOB
 */
export const receiveUrgent = async (
  socket: Socket,
  call: Call,
  name: string,
  peek: boolean,
  once: () => Answer<Arrival>,
): Promise<Answer<Arrival>> => {
  let ended = false;
  for (;;) {
    const got = once();
    if (got.ok && !peek && !got.value.eof) {
      call.onUndelivered(() => socket.inbound.putBackUrgent(got.value));
    }
    if (!got.ok && isRefusal(got)) return got;
    if (!failedWith(got, 'WSAEWOULDBLOCK') || call.isNonBlockingOn(socket)) return got;
    if (ended && !socket.inbound.isHidden) return socket.connectionLoss() ?? ok(END);
    const wake = await call.tryWait(
      readyOrChanged(socket, { urgent: true, hangup: true }, (seen) => {
        ended = seen.hangup === true;
      }),
    );
    if (wake !== 'ready') return endedAnswer(wake, name);
    if (call.ended) return endedAnswer(call.ended, name);
  }
};
