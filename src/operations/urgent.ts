import type { Answer } from '../daemon/answer.js';
import { type Call, endedAnswer } from '../daemon/call.js';
import type { Arrival } from '../daemon/returned.js';
import type { Socket } from '../daemon/socket.js';
import { failedWith, type Outcome, ok } from '../winsock/outcome.js';

/** Receiving with MSG_OOB: the urgent byte, which is no part of the stream. */

const END: Arrival = Object.freeze({ data: Buffer.alloc(0), eof: true, truncated: false });

/**
 * Takes the urgent byte, or waits for one. When the peer's stream has ended none can come any more, which
 * is answered as the end is. An undelivered byte goes back, apart from the stream.
 *
 * @param native the provider's call with MSG_OOB
 */
export const receivingUrgent = async (
  socket: Socket,
  call: Call,
  name: string,
  peek: boolean,
  native: () => Outcome<Arrival>,
): Promise<Answer<Arrival>> => {
  let ended = false;
  for (;;) {
    const returned = socket.receiveShutdown ? undefined : socket.returned.takeUrgent(peek);
    const got = returned ?? native();
    if (got.ok && !peek && !got.value.eof) {
      call.undelivered(() => socket.putBackUrgent(got.value));
    }
    if (!failedWith(got, 'WSAEWOULDBLOCK') || socket.nonBlocking) return got;
    if (ended) return ok(END);
    const wake = await call.wait((ready) =>
      socket.watch({ urgent: true, hangup: true }, (seen) => {
        ended = seen.hangup === true;
        ready();
      }),
    );
    if (wake !== 'ready') return endedAnswer(wake, name);
    if (call.ended) return endedAnswer(call.ended, name);
  }
};
