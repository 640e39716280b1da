import type { Answer } from '../../daemon/answers/answer.js';
import { type Call, endedAnswer } from '../../daemon/calls/call.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { TrySubscribe } from '../../daemon/waiting/subscription.js';
import type { Readiness } from '../../providers/provider.js';
import { type Failure, failedWith, ok } from '../../winsock/outcome.js';

/** When a call that waits answers WSA_OPERATION_ABORTED. */
export const WAIT_ENDED = 'the wait was cancelled, or its session ended';

/** Why calls that wait answer WSAENOBUFS. */
export const WATCH_REFUSED = 'the system watches no more sockets';

const wouldBlock = (answer: Answer<unknown>): answer is Failure =>
  !answer.ok && 'code' in answer && failedWith(answer, 'WSAEWOULDBLOCK');

/**
 * A blocking call on a non-blocking handle: tries at once, and only on WSAEWOULDBLOCK waits for readiness
 * and tries again. On a socket in non-blocking mode the first answer stands.
 *
 * @param once the native call; it is not made again once the call was ended
 * @param name the Winsock function, for the answer of an ended wait
 */
export const retryUntilReady = <T>(
  socket: Socket,
  call: Call,
  want: Readiness,
  name: string,
  once: () => Answer<T>,
): Answer<T> | Promise<Answer<T>> => {
  const first = once();
  if (!wouldBlock(first) || socket.nonBlocking) return first;
  return retried(socket, call, want, name, once);
};

const retried = async <T>(
  socket: Socket,
  call: Call,
  want: Readiness,
  name: string,
  once: () => Answer<T>,
): Promise<Answer<T>> => {
  for (;;) {
    const wake = await call.tryWait(readyOrChanged(socket, want));
    if (wake !== 'ready') return endedAnswer(wake, name);
    if (call.ended) return endedAnswer(call.ended, name);
    const answer = once();
    if (!wouldBlock(answer)) return answer;
  }
};

/**
 * What comes back by another id of the same socket is ready too, and no provider's news.
 *
 * @param note told what the provider has seen, before the wake
 */
export const readyOrChanged =
  (socket: Socket, want: Readiness, note: (seen: Readiness) => void = () => {}): TrySubscribe =>
  (wake) => {
    const watch = socket.inbound.watch(socket, want, (seen) => {
      note(seen);
      wake();
    });
    if (!watch.ok) return watch;
    const changes = socket.changes.subscribe(wake);
    return ok({
      stop: () => {
        changes.stop();
        watch.value.stop();
      },
    });
  };
