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

/** What select and poll have in common: many sockets, one wait. */

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLHUP, POLLNVAL } = POLL_EVENTS;

/** What to wait for: POLL bits by socket. POLLHUP: for the peer's end too. */
type Asked = ReadonlyMap<Socket, number>;

/** What it takes of the memory to wait for one socket: its watches, and the parameters that name it. */
const WATCHED_BYTES = 1024;

/**
 * So many sockets cost about what the end of a plain call costs: their watches are given up, all are looked at, and
 * watched again or let go.
 */
const SOCKETS_PER_STEP = 64;

/** How long a call rests after a wake for nothing, in ms: somebody else may have taken what was there. */
const REST_MS = 10;

/** What a look gave; undefined: nothing that the call waits for. */
export type Look<T> = () => Answer<T> | undefined;

/**
 * Looks, and waits for the sockets to become ready until a look finds something. While it waits the call is
 * one of those of each socket, so that close, cancel and the end of the session end it.
 *
 * @returns what was found, or why the wait ended without it
 */
export const waitOnMany = <T>(
  asked: Asked,
  call: Call,
  daemon: Daemon,
  look: Look<T>,
): Answer<T> | Promise<Answer<T> | Exclude<Wake, 'ready'>> => {
  const found = look();
  if (!found) return waited(asked, call, daemon, look);
  for (const [{ lostBy }, events] of asked) {
    // A connection that a fault has reset before is an answer to all but a question for urgent data.
    if (lostBy !== undefined && events & ~POLLRDBAND) call.faulted.name(lostBy);
  }
  return found;
};

const waited = async <T>(
  asked: Asked,
  call: Call,
  daemon: Daemon,
  look: Look<T>,
): Promise<Answer<T> | Exclude<Wake, 'ready'>> => {
  // So many calls may wait, and each for so many sockets.
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
      // A fault has reset one of the sockets: that is something to see, not an end of the wait.
      if (ended && ended !== 'reset') return ended;
      const found = look();
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
   * Wakes when one of the sockets may have become what it is asked for. What is begun goes on until `end`: one event may
   * wake many such calls, and each gives up its watches when it is its turn.
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

  /** Gives up all that was begun. */
  end(): void {
    for (const watch of this.#begun) watch.stop();
    this.#begun = [];
  }
}

const ENDS_LATER: Subscription = Object.freeze({ stop: () => {} });

/** A stream without a connection is ready for nothing until its state changes, which is no provider's news. */
const watchFor = (socket: Socket, events: number, wake: () => void): Outcome<Watch> | undefined => {
  const { state, isStream, inbound } = socket;
  const { receiveShutdown } = socket.underlying;
  const isListening = state === 'listening';
  if (isListening) return events & POLLRDNORM ? inbound.watch(socket, { read: true }, wake) : undefined;
  if (isStream && state !== 'connected' && state !== 'reset') return undefined;
  // After SD_RECEIVE nothing is there to be read, though a receive would answer at once: the end of the peer is.
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

/** The state of each socket now. A handle that its provider does not know is our bug. */
export const stateNow = (asked: Asked, call: string): Answer<ReadonlyMap<Socket, number>> => {
  const state = pollSockets(asked);
  if (!state.ok) return state;
  for (const revents of state.value.values()) {
    if (revents & POLLNVAL) return { ...fail('WSAENOTSOCK', call), bug: true };
  }
  return state;
};
