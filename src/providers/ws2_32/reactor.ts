/**
 * Readiness: one libuv poll handle for each SOCKET, through koffi.node.poll. On Windows that is one AFD poll
 * request per socket, completed through libuv's own port: no thread, and a pending wait does not keep
 * process.exit from ending. What koffi asks of us, since a mistake here ends the process:
 *
 * 1. The callback gets (status, events); the typing says (events). A negative status: take it as ready and
 *    let the call that follows tell what is wrong.
 * 2. A poll handle that nobody references is collected and silently stops: the map below holds each.
 * 3. start() or stop() after close() crashes: an entry leaves the map before its handle is closed.
 * 4. A bad handle aborts the process: it is checked with getsockopt(SO_TYPE) first. A second poll handle
 *    for a socket does too: there is one, for the union of all interests.
 * 5. Exceptions thrown in the callback are swallowed: they are thrown again from setImmediate.
 * 6. Close the poll handle before closesocket; afterwards there would be no callback.
 * 7. It is unref'd: a watch alone does not keep the process running.
 *
 * And one thing of AFD: libuv asks it for resets only together with `readable` (measured under Wine 10: a
 * sender whose peer stops reading and then resets the connection is not told, nor one who waits for the
 * peer's end). So every wait polls for `readable` too, and what comes without a reader is looked into.
 *
 * Urgent data is nothing that libuv polls for: a socket somebody waits for it on is asked every 10 ms.
 *
 * Source: https://github.com/libuv/libuv/blob/v1.x/src/win/poll.c
 */
import koffi from 'koffi';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { throwLater } from '../native/throw-later.js';
import type { Handle, Readiness, Watch } from '../provider.js';

/** The poll handle, as far as it is used here. */
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

// Rule 1: koffi's typing lacks the status.
const startPoll = koffi.node.poll as unknown as StartPoll;

interface Watcher extends Watch {
  readonly want: Readiness;
  readonly wake: (seen: Readiness) => void;
}

interface Entry {
  poll: PollHandle | undefined;
  armed: PollEvents;
  /** Runs while `readable` is left out because nobody reads what is there; see #lookInto. */
  quiet: NodeJS.Timeout | undefined;
  readonly watchers: Set<Watcher>;
  readonly callback: PollCallback;
}

/** How often a socket is looked after whose unread bytes nobody wants now, in ms. */
const QUIET_MS = 100;

/** How often a socket is asked for urgent data while somebody waits for it, in ms. */
const URGENT_MS = 10;

const NOTHING: PollEvents = { readable: false, writable: false, disconnect: false };

/** What is wanted and so, or undefined for nothing. */
const both = (want: Readiness, now: Readiness): Readiness | undefined => {
  const seen = {
    ...(want.read && now.read && { read: true }),
    ...(want.write && now.write && { write: true }),
    ...(want.hangup && now.hangup && { hangup: true }),
    ...(want.urgent && now.urgent && { urgent: true }),
  };
  return Object.keys(seen).length > 0 ? seen : undefined;
};

export class Reactor {
  readonly #entries = new Map<Handle, Entry>();
  readonly #hasFailed: (s: Handle) => boolean;
  readonly #hasUrgent: (s: Handle) => boolean;
  readonly #start: StartPoll;
  #urgentTimer: NodeJS.Timeout | undefined;

  /**
   * @param hasFailed whether the connection is lost
   * @param hasUrgent whether an urgent byte waits that is not inline
   * @param start a fake in tests
   */
  constructor(
    hasFailed: (s: Handle) => boolean,
    hasUrgent: (s: Handle) => boolean,
    start: StartPoll = startPoll,
  ) {
    this.#hasFailed = hasFailed;
    this.#hasUrgent = hasUrgent;
    this.#start = start;
  }

  /**
   * WSAENOBUFS where the system polls no more sockets.
   *
   * @param s known to be a live socket (rule 4)
   */
  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    let entry = this.#entries.get(s);
    if (!entry) {
      entry = this.#open(s);
      this.#entries.set(s, entry);
    }
    const { watchers } = entry;
    const watcher: Watcher = {
      want,
      wake,
      stop: () => {
        if (watchers.delete(watcher)) this.#armOrWake(s);
      },
    };
    watchers.add(watcher);
    const armed = this.#arm(s);
    if (armed.ok) return ok(watcher);
    watchers.delete(watcher);
    if (watchers.size > 0) this.#wakeAll(s);
    return armed;
  }

  /**
   * Lets go of a socket that is about to be closed.
   *
   * @throws an Error while a watch on it is live: its wake would never come
   */
  release(s: Handle): void {
    const entry = this.#entries.get(s);
    if (!entry) return;
    if (entry.watchers.size > 0) throw new Error('a socket is closed while a watch on it is live');
    this.#forget(s, entry);
  }

  /** Lets go of all; no wake comes after it. */
  dispose(): void {
    for (const [s, entry] of [...this.#entries]) this.#forget(s, entry);
    clearInterval(this.#urgentTimer);
  }

  #forget(s: Handle, entry: Entry): void {
    this.#entries.delete(s);
    clearTimeout(entry.quiet);
    entry.watchers.clear();
    entry.poll?.close();
  }

  #open(s: Handle): Entry {
    return {
      poll: undefined,
      armed: NOTHING,
      quiet: undefined,
      watchers: new Set(),
      callback: (status, events) => {
        try {
          this.#fire(s, status, events);
        } catch (error) {
          throwLater(error);
        }
      },
    };
  }

  #armOrWake(s: Handle): void {
    if (!this.#arm(s).ok) this.#wakeAll(s);
  }

  /** Those that nothing polls for any more try their calls, watch again, and are told that it fails. */
  #wakeAll(s: Handle): void {
    setImmediate(() => this.#fire(s, -1, NOTHING));
  }

  /** Polls for the union of what is waited for, or for nothing: level-triggered, it would wake for ever. */
  #arm(s: Handle): Outcome<void> {
    const entry = this.#entries.get(s);
    if (!entry) return done; // released by a wake
    const wants = [...entry.watchers].map((w) => w.want);
    if (wants.some((w) => w.urgent)) {
      this.#urgentTimer ??= setInterval(() => this.#lookForUrgent(), URGENT_MS).unref();
    }
    const next: PollEvents = {
      readable: wants.some((w) => w.read) || (wants.length > 0 && !entry.quiet),
      writable: wants.some((w) => w.write),
      disconnect: wants.some((w) => w.hangup),
    };
    const { armed } = entry;
    entry.armed = next;
    if (!next.readable && !next.writable && !next.disconnect) {
      if (armed !== NOTHING) entry.poll?.stop();
      entry.armed = NOTHING;
    } else if (
      next.readable !== armed.readable ||
      next.writable !== armed.writable ||
      next.disconnect !== armed.disconnect
    ) {
      return this.#poll(s, entry, next);
    }
    return done;
  }

  #poll(s: Handle, entry: Entry, want: PollEvents): Outcome<void> {
    try {
      if (entry.poll) {
        entry.poll.start(want, entry.callback);
      } else {
        entry.poll = this.#start(s, want, entry.callback);
        entry.poll.unref();
      }
      return done;
    } catch (error) {
      entry.armed = NOTHING;
      return fail('WSAENOBUFS', 'watch', { detail: `the system refused to poll: ${String(error)}` });
    }
  }

  /**
   * Whether what made the socket readable is a reset. If it is merely bytes or the peer's end, and nobody
   * wants to read these now, they would be reported again and again: not for a while.
   */
  #lookInto(s: Handle, entry: Entry, events: PollEvents): boolean {
    if (!events.readable) return false;
    const wants = [...entry.watchers].map((w) => w.want);
    if (wants.every((w) => w.read && !w.write && !w.hangup)) return false; // they will see it themselves
    if (this.#hasFailed(s)) return true;
    if (wants.some((w) => w.read)) return false;
    entry.quiet = setTimeout(() => {
      entry.quiet = undefined;
      this.#armOrWake(s);
    }, QUIET_MS).unref();
    return false;
  }

  /** Wakes those who waited for what has come, each once, then polls for the rest. */
  #fire(s: Handle, status: number, events: PollEvents): void {
    const entry = this.#entries.get(s);
    if (!entry) return;
    const failed = status < 0 || this.#lookInto(s, entry, events);
    const now: Readiness = {
      read: failed || events.readable || events.disconnect, // after the peer's end recv answers at once
      write: failed || events.writable,
      hangup: failed || events.disconnect,
      urgent: failed,
    };
    if (failed) {
      entry.poll?.stop(); // an error leaves the handle without interests, but not stopped
      entry.armed = NOTHING;
    }
    this.#wake(entry, now);
    this.#armOrWake(s);
  }

  #lookForUrgent(): void {
    const waiting = [...this.#entries].filter(([, { watchers }]) => [...watchers].some((w) => w.want.urgent));
    if (waiting.length === 0) {
      clearInterval(this.#urgentTimer);
      this.#urgentTimer = undefined;
    }
    for (const [s, entry] of waiting) {
      // A wake before this one may have closed it.
      if (this.#entries.get(s) !== entry || !this.#hasUrgent(s)) continue;
      this.#wake(entry, { urgent: true });
      this.#armOrWake(s);
    }
  }

  #wake(entry: Entry, now: Readiness): void {
    for (const watcher of [...entry.watchers]) {
      const seen = both(watcher.want, now);
      if (!seen || !entry.watchers.delete(watcher)) continue; // gone: stopped by a wake before this one
      try {
        watcher.wake(seen);
      } catch (error) {
        throwLater(error);
      }
    }
  }
}
