import type { Answer } from '../../daemon/answers/answer.js';
import { type Call, endedAnswer } from '../../daemon/calls/call.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { TrySubscribe } from '../../daemon/waiting/subscription.js';
import type { Readiness } from '../../providers/provider.js';
import { type Failure, failedWith, ok } from '../../winsock/outcome.js';

/** The reason for WSA_OPERATION_ABORTED in calls that wait. */
export const WAIT_ENDED = 'the wait was cancelled, or its session ended';

/** The reason for WSAENOBUFS in calls that wait. */
export const WATCH_REFUSED = 'the system watches no more sockets';

const wouldBlock = (answer: Answer<unknown>): answer is Failure =>
  !answer.ok && 'code' in answer && failedWith(answer, 'WSAEWOULDBLOCK');

/**
 * A blocking call on a non-blocking handle: tries at once, and only on WSAEWOULDBLOCK waits for readiness and
 * tries again. On a socket in non-blocking mode the first answer stands.
 *
 * @param once the native call; it is not made again after the call has ended
 * @param name the Winsock function, for the answer of a wait that ended
 */
export const retryUntilReady = <T>(
  socket: Socket,
  call: Call,
  want: Readiness,
  name: string,
  once: () => Answer<T>,
): Answer<T> | Promise<Answer<T>> => {
  const first = once();
  if (!wouldBlock(first) || call.isNonBlockingOn(socket)) return first;
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
 * Subscribes to readiness, and to changes of the socket: data that goes back through another id of the socket
 * is ready too, and no provider reports it.
 *
 * @param note gets what the provider has seen, before the wake
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
