/**
 * Readiness: one libuv poll handle for each socket, through koffi.node.poll. On Windows that is one AFD poll
 * request per socket, completed through libuv's own port: no thread, and a pending wait does not keep
 * process.exit from ending. What koffi asks of us, since a mistake here ends the process:
 *
 * 1. The callback gets (status, events); the typing says (events). A negative status: take it as ready and
 *    let the call that follows tell what is wrong.
 * 2. A poll handle that nobody references is collected and silently stops: the map below holds each.
 * 3. start() or stop() after close() crashes: an entry leaves the map before its handle is closed.
 * 4. A bad handle aborts the process: it is checked with getsockopt(SO_TYPE) first.
 * 5. Exceptions thrown in the callback are swallowed: they are thrown again from setImmediate.
 * 6. Close the poll handle before closesocket; afterwards there would be no callback.
 * 7. It is unref'd: a watch alone does not keep the process running.
 *
 * And of libuv:
 *
 * 8. Its poll requests are exclusive: one ends every other one of the same socket, by whichever handle, and libuv
 *    makes that again at once. Two poll handles of one socket end each other's requests for ever. So there is one for
 *    all handles of a socket, for the union of all interests, through any handle that is open.
 *
 * And of AFD: libuv asks it for resets only together with `readable` (measured under Wine 10: a
 * sender whose peer stops reading and then resets the connection is not told, nor one who waits for the
 * peer's end). So every wait polls for `readable` too, and what comes without a reader is looked into.
 *
 * Urgent data is nothing that libuv polls for: a socket somebody waits for it on is asked every 10 ms.
 *
 * Source: https://github.com/libuv/libuv/blob/v1.x/src/win/poll.c
 */

import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import koffi from '../native/koffi.js';
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

/** One of the handles of a socket. */
export interface Polled {
  readonly s: Handle;
  /** Stands for the socket: the same object for each of its handles. */
  readonly shared: object;
}

// Rule 1: koffi's typing lacks the status.
const startPoll = koffi.node.poll as unknown as StartPoll;

/** How a connection is over: lost, or ended by its peer with nothing left to receive. */
export type Ending = 'lost' | 'ended';

interface Watcher extends Watch {
  /** The handle that it was asked for. */
  readonly s: Handle;
  readonly want: Readiness;
  readonly wake: (seen: Readiness) => void;
}

interface Entry {
  /** With the handle that it polls through. */
  poll: { readonly s: Handle; readonly handle: PollHandle } | undefined;
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
  /** By `shared`. */
  readonly #entries = new Map<object, Entry>();
  readonly #endOf: (s: Handle) => Ending | undefined;
  readonly #hasUrgent: (s: Handle) => boolean;
  readonly #start: StartPoll;
  #urgentTimer: NodeJS.Timeout | undefined;

  /**
   * @param endOf whether, and how, the connection is over
   * @param hasUrgent whether an urgent byte waits that is not inline
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
   * Lets go of a handle that is about to be closed. What waits on others of the same socket goes on through one of
   * these.
   *
   * @throws an Error while a watch on the handle is live: its wake would never come
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

  /** Lets go of all; no wake comes after it. */
  dispose(): void {
    for (const [shared, entry] of [...this.#entries]) this.#forget(shared, entry);
    clearInterval(this.#urgentTimer);
  }

  #forget(shared: object, entry: Entry): void {
    this.#entries.delete(shared);
    clearTimeout(entry.quiet);
    entry.watchers.clear();
    this.#closePoll(entry);
  }

  /** Rule 3: the entry has it no more when it is closed. */
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
      quiet: undefined,
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

  /** Those that nothing polls for any more try their calls, watch again, and are told that it fails. */
  #wakeAll(entry: Entry): void {
    setImmediate(() => this.#fire(entry, -1, NOTHING));
  }

  /** Polls for the union of what is waited for, or for nothing: level-triggered, it would wake for ever. */
  #arm(entry: Entry): Outcome<void> {
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
   * Whether what made the socket readable is a reset, or the end of the peer (`disconnect` is not told where a layered
   * provider makes libuv poll by select). If it is merely bytes, or an end that nobody waits for, and nobody wants to
   * read these now, they would be reported again and again: not for a while.
   */
  #lookInto(entry: Entry, events: PollEvents): Ending | undefined {
    const [first] = entry.watchers;
    if (!first || !events.readable) return undefined;
    const wants = [...entry.watchers].map((w) => w.want);
    if (wants.every((w) => w.read && !w.write && !w.hangup)) return undefined; // they will see it themselves
    const ending = this.#endOf(first.s);
    if (ending === 'lost' || (ending && wants.some((w) => w.hangup))) return ending;
    if (wants.some((w) => w.read)) return undefined;
    entry.quiet = setTimeout(() => {
      entry.quiet = undefined;
      this.#armOrWake(entry);
    }, QUIET_MS).unref();
    return undefined;
  }

  /** Wakes those who waited for what has come, each once, then polls for the rest. */
  #fire(entry: Entry, status: number, events: PollEvents): void {
    const ending = status < 0 ? 'lost' : this.#lookInto(entry, events);
    const failed = ending === 'lost';
    const now: Readiness = {
      read: failed || events.readable || events.disconnect, // after the peer's end recv answers at once
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

  #lookForUrgent(): void {
    const isWaiting = ({ want }: Watcher): boolean => want.urgent === true;
    const waiting = [...this.#entries.values()].filter(({ watchers }) => [...watchers].some(isWaiting));
    if (waiting.length === 0) {
      clearInterval(this.#urgentTimer);
      this.#urgentTimer = undefined;
    }
    for (const entry of waiting) {
      // A wake before this one may have closed it.
      const one = [...entry.watchers].find(isWaiting);
      if (!one || !this.#hasUrgent(one.s)) continue;
      this.#wake(entry, { urgent: true });
      this.#armOrWake(entry);
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
