import type { Answer } from '../../daemon/answers/answer.js';
import type { Call, Wake } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import { pollSockets } from '../../daemon/sockets/poll-sockets.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Clock } from '../../daemon/waiting/clock.js';
import type { Subscribe, Subscription, TrySubscribe } from '../../daemon/waiting/subscription.js';
import type { Readiness, Watch } from '../../providers/provider.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';

/** Shared by select and poll: one call that waits for many sockets. */

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLHUP, POLLNVAL } = POLL_EVENTS;

/** The POLL bits to wait for, by socket; POLLHUP: the end of the peer. */
type Asked = ReadonlyMap<Socket, number>;

/** Bytes that waiting for one socket takes: its watches, and the parameters that name it. */
const WATCHED_BYTES = 1024;

/**
 * A step of the event loop handles so many sockets: to end their watches, poll them, and watch them again
 * costs about as much as the end of a plain call.
 */
const SOCKETS_PER_STEP = 64;

/**
 * How long a call rests after a wake that found nothing ready, in ms: another call may have taken the data.
 */
const REST_MS = 10;

/** Polls the sockets: the answer, or undefined if nothing is ready. */
export type PollOnce<T> = () => Answer<T> | undefined;

/**
 * Polls, and waits for the sockets until a poll has an answer. While the call waits it is one of the calls of
 * each socket, so that close, cancel and the end of the session end it.
 *
 * @returns the answer, or why the wait ended without one
 */
export const waitOnMany = <T>(
  asked: Asked,
  call: Call,
  daemon: Daemon,
  pollOnce: PollOnce<T>,
): Answer<T> | Promise<Answer<T> | Exclude<Wake, 'ready'>> => {
  const found = pollOnce();
  if (!found) return waitAndPoll(asked, call, daemon, pollOnce);
  for (const [{ resetBy }, events] of asked) {
    // A fault that reset a connection before is named, unless the call asks only for urgent data.
    if (resetBy !== undefined && events & ~POLLRDBAND) call.writableFaults.addId(resetBy);
  }
  return found;
};

const waitAndPoll = async <T>(
  asked: Asked,
  call: Call,
  daemon: Daemon,
  pollOnce: PollOnce<T>,
): Promise<Answer<T> | Exclude<Wake, 'ready'>> => {
  // Many calls may wait, each for many sockets: what they take is counted.
  const account = daemon.bytes.of(call.owner);
  const bytes = asked.size * WATCHED_BYTES;
  const refused = account.reserve(bytes);
  if (refused) return refused;
  const size = 1 + asked.size / SOCKETS_PER_STEP;
  const watches = new Watches(asked);
  for (const socket of asked.keys()) socket.calls.enter(call, undefined);
  try {
    for (let rests = false; ; rests = !rests) {
      const wake = rests
        ? await call.wait(restOn(daemon.clock), size)
        : await call.tryWait(watches.begin, size);
      watches.end();
      if (typeof wake === 'object') return wake;
      const ended = wake === 'ready' ? call.ended : wake;
      // A fault has reset one of the sockets: poll once more, which reports it.
      if (ended && ended !== 'reset') return ended;
      const found = pollOnce();
      if (found) return found;
      if (ended) return ended;
    }
  } finally {
    watches.end();
    for (const socket of asked.keys()) socket.calls.leave(call);
    account.release(bytes);
  }
};

const restOn =
  (clock: Clock): Subscribe =>
  (wake) => {
    const timer = clock.setTimeout(REST_MS, wake);
    return { stop: () => timer.clear() };
  };

/** The watches of all sockets of one call. */
class Watches {
  readonly #asked: Asked;
  #begun: Subscription[] = [];

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /**
   * Wakes when one of the sockets may have become ready. The watches last until `end`: one event may wake
   * many such calls, and each ends its watches when it is its turn.
   */
  readonly begin: TrySubscribe = (wake) => {
    for (const [socket, events] of this.#asked) {
      this.#begun.push(socket.changes.subscribe(wake));
      const resumed = socket.attempt?.resume();
      if (resumed && !resumed.ok) return resumed;
      const watch = watchFor(socket, events, wake);
      if (watch?.ok) this.#begun.push(watch.value);
      else if (watch) return watch;
    }
    return ok(ENDS_LATER);
  };

  /** Ends all watches. */
  end(): void {
    for (const watch of this.#begun) watch.stop();
    this.#begun = [];
  }
}

const ENDS_LATER: Subscription = Object.freeze({ stop: () => {} });

/** A stream without a connection is not watched: only a change of its state can make it ready. */
const watchFor = (socket: Socket, events: number, wake: () => void): Outcome<Watch> | undefined => {
  const { state, isStream, inbound } = socket;
  const { receiveShutdown } = socket.underlying;
  const isListening = state === 'listening';
  if (isListening) return events & POLLRDNORM ? inbound.watch(socket, { read: true }, wake) : undefined;
  if (isStream && state !== 'connected' && state !== 'reset') return undefined;
  // After SD_RECEIVE nothing is readable, though a receive would answer at once; the end of the peer still
  // counts.
  const ended = receiveShutdown ? POLLHUP | POLLRDNORM : POLLHUP;
  const want: Readiness = {
    read: (events & POLLRDNORM) !== 0 && !receiveShutdown,
    write: (events & POLLWRNORM) !== 0,
    urgent: (events & POLLRDBAND) !== 0 && !receiveShutdown && isStream,
    hangup: (events & ended) !== 0 && isStream,
  };
  return want.read || want.write || want.urgent || want.hangup
    ? inbound.watch(socket, want, wake)
    : undefined;
};

/** The state of each socket now. A handle that its provider does not know is a bug of the daemon. */
export const stateNow = (asked: Asked, call: string): Answer<ReadonlyMap<Socket, number>> => {
  const state = pollSockets(asked);
  if (!state.ok) return state;
  for (const revents of state.value.values()) {
    if (revents & POLLNVAL) return { ...fail('WSAENOTSOCK', call), bug: true };
  }
  return state;
};
