/**
 * Readiness: one libuv poll handle for each socket, through koffi.node.poll. On Windows that is one AFD poll
 * request per socket, completed through libuv's own port: no thread, and a pending wait does not delay
 * process.exit. The rules of koffi, where a mistake ends the process:
 *
 * 1. The callback gets (status, events); the typing says (events). A negative status counts as ready: the
 *    call that follows reports the error.
 * 2. A poll handle without a reference is collected and silently stops: the map below holds each.
 * 3. start() or stop() after close() crashes: an entry leaves the map before its handle is closed.
 * 4. A bad handle aborts the process: it is checked with getsockopt(SO_TYPE) first.
 * 5. Exceptions thrown in the callback are swallowed: they are thrown again from setImmediate.
 * 6. Close the poll handle before closesocket; afterwards there would be no callback.
 * 7. It is unref'd: a watch alone does not keep the process running.
 *
 * A rule of libuv:
 *
 * 8. Its poll requests are exclusive: a request ends every other one of the same socket, through any handle,
 *    and libuv makes that one again at once. Two poll handles of one socket would end each other's requests
 *    for ever. So all handles of a socket share one poll handle, for the union of their interests.
 *
 * A rule of AFD: libuv polls for resets only together with `readable`. Measured under Wine 10: without it, a
 * sender whose peer stops reading and then resets the connection does not wake, nor does a wait for the
 * peer's end. So every wait also polls for `readable`, and a readable socket that nothing reads is inspected.
 *
 * libuv does not poll for urgent data: a socket with a watch for it is polled every 10 ms.
 *
 * Source: https://github.com/libuv/libuv/blob/v1.x/src/win/poll.c
 */

import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import koffi from '../native/koffi.js';
import { throwLater } from '../native/throw-later.js';
import type { Handle, Readiness, Watch } from '../provider.js';

/** The parts of koffi's poll handle that are used here. */
export interface PollHandle {
  start(want: PollEvents, callback: PollCallback): void;
  stop(): void;
  close(): void;
  unref(): void;
}
export interface PollEvents {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly disconnect: boolean;
}
export type PollCallback = (status: number, events: PollEvents) => void;
export type StartPoll = (fd: number, want: PollEvents, callback: PollCallback) => PollHandle;

/** One of the handles of a socket. */
export interface Polled {
  readonly s: Handle;
  /** Stands for the socket: the same object for each of its handles. */
  readonly shared: object;
}

// Rule 1: koffi's typing lacks the status.
const startPoll = koffi.node.poll as unknown as StartPoll;

/** How a connection has ended: lost, or ended by its peer with no byte left to receive. */
export type Ending = 'lost' | 'ended';

interface Watcher extends Watch {
  /** The handle that is watched. */
  readonly s: Handle;
  readonly want: Readiness;
  readonly wake: (seen: Readiness) => void;
}

interface Entry {
  /** The poll handle, and the socket handle through which it polls. */
  poll: { readonly s: Handle; readonly handle: PollHandle } | undefined;
  armed: PollEvents;
  /** Runs while `readable` is left out because no watch wants the pending bytes; see #inspectReadable. */
  readablePause: NodeJS.Timeout | undefined;
  readonly watchers: Set<Watcher>;
  readonly callback: PollCallback;
}

/** How often a socket is polled for `readable` while no watch wants its unread bytes, in ms. */
const READABLE_PAUSE_MS = 100;

/** How often a socket with a watch for urgent data is polled for it, in ms. */
const URGENT_MS = 10;

const NOTHING: PollEvents = { readable: false, writable: false, disconnect: false };

/** The wanted conditions that hold, or undefined for none. */
const wantedAndReady = (want: Readiness, now: Readiness): Readiness | undefined => {
  const seen = {
    ...(want.read && now.read && { read: true }),
    ...(want.write && now.write && { write: true }),
    ...(want.hangup && now.hangup && { hangup: true }),
    ...(want.urgent && now.urgent && { urgent: true }),
  };
  return Object.keys(seen).length > 0 ? seen : undefined;
};

export class Reactor {
  /** By `shared`. */
  readonly #entries = new Map<object, Entry>();
  readonly #endOf: (s: Handle) => Ending | undefined;
  readonly #hasUrgent: (s: Handle) => boolean;
  readonly #start: StartPoll;
  #urgentTimer: NodeJS.Timeout | undefined;

  /**
   * @param endOf whether, and how, the connection has ended
   * @param hasUrgent whether an urgent byte is pending and not inline
   * @param start a fake in tests
   */
  constructor(
    endOf: (s: Handle) => Ending | undefined,
    hasUrgent: (s: Handle) => boolean,
    start: StartPoll = startPoll,
  ) {
    this.#endOf = endOf;
    this.#hasUrgent = hasUrgent;
    this.#start = start;
  }

  /**
   * WSAENOBUFS where the system polls no more sockets.
   *
   * @param polled known to be a live socket (rule 4)
   */
  watch({ s, shared }: Polled, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    let entry = this.#entries.get(shared);
    if (!entry) {
      entry = this.#open();
      this.#entries.set(shared, entry);
    }
    const { watchers } = entry;
    const watched = entry;
    const watcher: Watcher = {
      s,
      want,
      wake,
      stop: () => {
        if (watchers.delete(watcher)) this.#armOrWake(watched);
      },
    };
    watchers.add(watcher);
    const armed = this.#arm(entry);
    if (armed.ok) return ok(watcher);
    watchers.delete(watcher);
    if (watchers.size > 0) this.#wakeAll(entry);
    return armed;
  }

  /**
   * Releases a handle that is about to be closed. Watches of the socket's other handles go on through one of
   * those.
   *
   * @throws an Error while a watch on the handle is active: its wake would never come
   */
  release({ s, shared }: Polled): void {
    const entry = this.#entries.get(shared);
    if (!entry) return;
    for (const watcher of entry.watchers) {
      if (watcher.s === s) throw new Error('a socket is closed while a watch on it is live');
    }
    if (entry.poll && entry.poll.s !== s) return;
    this.#closePoll(entry);
    if (entry.watchers.size > 0) this.#armOrWake(entry);
    else this.#forget(shared, entry);
  }

  /** Releases every socket; no wake follows. */
  dispose(): void {
    for (const [shared, entry] of [...this.#entries]) this.#forget(shared, entry);
    clearInterval(this.#urgentTimer);
  }

  #forget(shared: object, entry: Entry): void {
    this.#entries.delete(shared);
    clearTimeout(entry.readablePause);
    entry.watchers.clear();
    this.#closePoll(entry);
  }

  /** Rule 3: the entry loses the poll handle before it is closed. */
  #closePoll(entry: Entry): void {
    const { poll } = entry;
    entry.poll = undefined;
    entry.armed = NOTHING;
    poll?.handle.close();
  }

  #open(): Entry {
    const entry: Entry = {
      poll: undefined,
      armed: NOTHING,
      readablePause: undefined,
      watchers: new Set(),
      callback: (status, events) => {
        try {
          this.#fire(entry, status, events);
        } catch (error) {
          throwLater(error);
        }
      },
    };
    return entry;
  }

  #armOrWake(entry: Entry): void {
    if (!this.#arm(entry).ok) this.#wakeAll(entry);
  }

  /**
   * Wakes watches that can no longer be polled: their owners retry their calls, watch again, and see that
   * fail.
   */
  #wakeAll(entry: Entry): void {
    setImmediate(() => this.#fire(entry, -1, NOTHING));
  }

  /**
   * Polls for the union of all interests. Without interests it stops, since a level-triggered poll would
   * wake for ever.
   */
  #arm(entry: Entry): Outcome<void> {
    const wants = [...entry.watchers].map((w) => w.want);
    if (wants.some((w) => w.urgent)) {
      this.#urgentTimer ??= setInterval(() => this.#pollUrgent(), URGENT_MS).unref();
    }
    const next: PollEvents = {
      readable: wants.some((w) => w.read) || (wants.length > 0 && !entry.readablePause),
      writable: wants.some((w) => w.write),
      disconnect: wants.some((w) => w.hangup),
    };
    const { armed } = entry;
    entry.armed = next;
    if (!next.readable && !next.writable && !next.disconnect) {
      if (armed !== NOTHING) entry.poll?.handle.stop();
      entry.armed = NOTHING;
    } else if (
      next.readable !== armed.readable ||
      next.writable !== armed.writable ||
      next.disconnect !== armed.disconnect
    ) {
      return this.#poll(entry, next);
    }
    return done;
  }

  #poll(entry: Entry, want: PollEvents): Outcome<void> {
    try {
      const [first] = entry.watchers;
      if (entry.poll) {
        entry.poll.handle.start(want, entry.callback);
      } else if (first) {
        const handle = this.#start(first.s, want, entry.callback);
        entry.poll = { s: first.s, handle };
        handle.unref();
      }
      return done;
    } catch (error) {
      entry.armed = NOTHING;
      return fail('WSAENOBUFS', 'watch', { detail: `the system refused to poll: ${String(error)}` });
    }
  }

  /**
   * Whether a reset or the end of the peer made the socket readable; libuv does not report `disconnect`
   * where a layered provider makes it poll by select. If no watch wants the pending bytes or the end, polling
   * for `readable` pauses for a while, since they would be reported again and again.
   */
  #inspectReadable(entry: Entry, events: PollEvents): Ending | undefined {
    const [first] = entry.watchers;
    if (!first || !events.readable) return undefined;
    const wants = [...entry.watchers].map((w) => w.want);
    if (wants.every((w) => w.read && !w.write && !w.hangup)) return undefined; // their own calls find out
    const ending = this.#endOf(first.s);
    if (ending === 'lost' || (ending && wants.some((w) => w.hangup))) return ending;
    if (wants.some((w) => w.read)) return undefined;
    entry.readablePause = setTimeout(() => {
      entry.readablePause = undefined;
      this.#armOrWake(entry);
    }, READABLE_PAUSE_MS).unref();
    return undefined;
  }

  /** Wakes each watch whose condition holds, then polls for the others. */
  #fire(entry: Entry, status: number, events: PollEvents): void {
    const ending = status < 0 ? 'lost' : this.#inspectReadable(entry, events);
    const failed = ending === 'lost';
    const now: Readiness = {
      read: failed || events.readable || events.disconnect, // recv does not block after the peer's end
      write: failed || events.writable,
      hangup: ending !== undefined || events.disconnect,
      urgent: failed,
    };
    if (failed) {
      entry.poll?.handle.stop(); // an error leaves the handle without interests, but not stopped
      entry.armed = NOTHING;
    }
    this.#wake(entry, now);
    this.#armOrWake(entry);
  }

  #pollUrgent(): void {
    const isWaiting = ({ want }: Watcher): boolean => want.urgent === true;
    const waiting = [...this.#entries.values()].filter(({ watchers }) => [...watchers].some(isWaiting));
    if (waiting.length === 0) {
      clearInterval(this.#urgentTimer);
      this.#urgentTimer = undefined;
    }
    for (const entry of waiting) {
      // An earlier wake may have closed it.
      const one = [...entry.watchers].find(isWaiting);
      if (!one || !this.#hasUrgent(one.s)) continue;
      this.#wake(entry, { urgent: true });
      this.#armOrWake(entry);
    }
  }

  #wake(entry: Entry, now: Readiness): void {
    for (const watcher of [...entry.watchers]) {
      const seen = wantedAndReady(watcher.want, now);
      if (!seen || !entry.watchers.delete(watcher)) continue; // stopped by an earlier wake
      try {
        watcher.wake(seen);
      } catch (error) {
        throwLater(error);
      }
    }
  }
}
