import { WSA_ERRORS } from '../../winsock/errors.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import koffi from '../native/koffi.js';
import { throwLater } from '../native/throw-later.js';
import type { Readiness, Watch } from '../provider.js';
import { EdgeWatches } from './edge-watches.js';
import { BATCH, CTL, DATA_OFFSET, EPOLL, EPOLL_CLOEXEC, EVENT_SIZE } from './epoll.js';
import type { Libc } from './library.js';
import { call } from './native-call.js';

/**
 * Readiness of sockets: one epoll descriptor, and a single koffi.node.poll (libuv's uv_poll) on it. A single
 * handle costs the same with 10 and with 5,000 sockets.
 *
 * The rules of koffi.node.poll, measured with koffi 3.3.4:
 *
 * 1. The callback gets (status, events), not (events). With an error, status is negative and all flags are
 *    false. Here any callback means "read epoll", so both are ignored.
 * 2. A poll handle without a reference is collected and silently stops: `live` holds every open reactor.
 * 3. start() and stop() after close() crash the process: `close` is the last thing done to the handle.
 * 4. A bad descriptor aborts the process: only the epoll descriptor, made two lines above, is passed.
 *    Sockets go to epoll_ctl, which answers EBADF or EPERM.
 * 5. An exception in the callback is swallowed: it is thrown again from setImmediate.
 * 6. It is level-triggered: `drain` reads one batch, and libuv calls again while there is more.
 * 7. It is unref'd: a watch alone does not keep the process running, and does not hold up its exit.
 *
 * The rules of epoll (epoll(7)):
 *
 * 8. Every registration is one-shot and armed again with the union of the remaining interests; a
 *    level-triggered one would spin until the owner of the wake makes its call.
 * 9. Errors and hang-ups are always reported: they wake every watch of the socket.
 * 10. EPOLL_CTL_DEL comes before close: epoll goes on reporting a closed descriptor while a duplicate lives.
 * 11. A descriptor's number is reused at once: events carry a generation, and stale ones are discarded.
 * 12. An epoll can have a socket only once: edge-triggered watches use a second epoll, which is watched
 *     here.
 */

const READ = 1;
const WRITE = 2;
const HANGUP = 4;
const URGENT = 8;

const maskOf = (r: Readiness): number =>
  (r.read === true ? READ : 0) |
  (r.write === true ? WRITE : 0) |
  (r.hangup === true ? HANGUP : 0) |
  (r.urgent === true ? URGENT : 0);

const readinessOf = (mask: number): Readiness => ({
  ...(mask & READ ? { read: true } : {}),
  ...(mask & WRITE ? { write: true } : {}),
  ...(mask & HANGUP ? { hangup: true } : {}),
  ...(mask & URGENT ? { urgent: true } : {}),
});

const interestOf = (mask: number): number =>
  (mask & READ ? EPOLL.IN : 0) |
  (mask & WRITE ? EPOLL.OUT : 0) |
  (mask & HANGUP ? EPOLL.RDHUP : 0) |
  (mask & URGENT ? EPOLL.PRI : 0);

const seenIn = (events: number): number => {
  if (events & (EPOLL.ERR | EPOLL.HUP)) return READ | WRITE | HANGUP | URGENT;
  return (
    (events & EPOLL.IN ? READ : 0) |
    (events & EPOLL.OUT ? WRITE : 0) |
    (events & EPOLL.PRI ? URGENT : 0) |
    (events & EPOLL.RDHUP ? READ | HANGUP : 0)
  );
};

interface Waiter {
  readonly want: number;
  readonly wake: (seen: Readiness) => void;
}

interface Registration {
  readonly fd: number;
  readonly generation: number;
  readonly waiters: Set<Waiter>;
  /**
   * The interests that epoll is armed for. They may exceed the wanted ones, since a stop makes no system
   * call.
   */
  armed: number;
  /** Conditions that always hold, for example reading after SD_RECEIVE. */
  always: number;
}

const isArmedFor = ({ armed }: Registration, want: number): boolean => armed > 0 && (want & ~armed) === 0;

export class Reactor {
  /** Rule 2. */
  static readonly #live = new Set<Reactor>();

  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #poll: ReturnType<typeof koffi.node.poll>;
  readonly #sockets = new Map<number, Registration>();
  readonly #event = Buffer.alloc(EVENT_SIZE);
  readonly #events = Buffer.alloc(EVENT_SIZE * BATCH);
  readonly #edges: EdgeWatches;
  #generation = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
    const made = call('epoll_create1', libc.epoll_create1, EPOLL_CLOEXEC);
    if (!made.ok) throw new Error(`epoll_create1 failed (${made.code})`);
    this.#epoll = made.value;
    this.#poll = koffi.node.poll(this.#epoll, { readable: true }, () => this.#drain());
    this.#poll.unref();
    this.#edges = new EdgeWatches(libc, (epoll, wake) => this.watch(epoll, { read: true }, wake));
    Reactor.#live.add(this);
  }

  /**
   * Wakes from the event loop at each arrival, until it is stopped. A descriptor has one such watch at a
   * time.
   */
  watchEdges(fd: number, wake: () => void): Outcome<Watch> {
    return this.#edges.watch(fd, wake);
  }

  /**
   * Wakes once, from the event loop. The descriptor must be that of an open socket.
   *
   * @throws Error when the reactor is closed: its epoll descriptor may have been reused
   */
  watch(fd: number, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    if (!Reactor.#live.has(this)) throw new Error('the reactor is closed');
    const socket = this.#registrationOf(fd);
    const waiter: Waiter = { want: maskOf(want), wake };
    socket.waiters.add(waiter);
    // The interests of the other waiters are armed already.
    const armed = isArmedFor(socket, waiter.want) ? ok(0) : this.#arm(socket);
    if (!armed.ok) {
      socket.waiters.delete(waiter);
      return { ...armed, call: 'watch' };
    }
    if (waiter.want & socket.always) this.#wakeSoon(socket);
    return ok({ stop: () => void socket.waiters.delete(waiter) });
  }

  /** Makes the conditions hold from now on, regardless of the system. Wakes the watches for them. */
  markReady(fd: number, what: Readiness): void {
    const socket = this.#registrationOf(fd);
    socket.always |= maskOf(what);
    if (socket.waiters.size > 0) this.#wakeSoon(socket);
  }

  /** Ends `markReady`: the system decides again. */
  unmarkReady(fd: number, what: Readiness): void {
    const socket = this.#sockets.get(fd);
    if (socket) socket.always &= ~maskOf(what);
  }

  /**
   * Removes a socket before it is closed (rule 10).
   *
   * @throws Error while a watch is active: its wake would never come
   */
  release(fd: number): void {
    const socket = this.#sockets.get(fd);
    if (this.#edges.isLive(fd)) throw new Error(`a watch on descriptor ${fd} is still live`);
    if (!socket) return;
    if (socket.waiters.size > 0) throw new Error(`a watch on descriptor ${fd} is still live`);
    this.#sockets.delete(fd);
    if (socket.armed >= 0) call('epoll_ctl', this.#libc.epoll_ctl, this.#epoll, CTL.DEL, fd, this.#event);
  }

  close(): void {
    if (!Reactor.#live.delete(this)) return;
    this.#poll.close();
    this.#edges.close();
    this.#sockets.clear();
    call('close', this.#libc.close, this.#epoll);
  }

  #registrationOf(fd: number): Registration {
    const known = this.#sockets.get(fd);
    if (known) return known;
    this.#generation = (this.#generation + 1) >>> 0;
    const made: Registration = { fd, generation: this.#generation, waiters: new Set(), armed: -1, always: 0 };
    this.#sockets.set(fd, made);
    return made;
  }

  /** Arms the wanted interests, unless they are armed already. */
  #arm(socket: Registration): Outcome<number> {
    let want = 0;
    for (const waiter of socket.waiters) want |= waiter.want;
    if (isArmedFor(socket, want)) return ok(0);
    // There is nothing to wake; armed without interests, epoll would report an error again and again (rule
    // 9).
    if (want === 0) return ok(0);
    this.#event.writeUInt32LE(interestOf(want) | EPOLL.ONESHOT, 0);
    this.#event.writeInt32LE(socket.fd, DATA_OFFSET);
    this.#event.writeUInt32LE(socket.generation, DATA_OFFSET + 4);
    const op = socket.armed < 0 ? CTL.ADD : CTL.MOD;
    const result = call('epoll_ctl', this.#libc.epoll_ctl, this.#epoll, op, socket.fd, this.#event);
    if (result.ok) socket.armed = want;
    return result;
  }

  #drain(): void {
    if (!Reactor.#live.has(this)) return;
    const got = call('epoll_wait', this.#libc.epoll_wait, this.#epoll, this.#events, BATCH, 0);
    if (!got.ok) {
      if (got.code === WSA_ERRORS.WSAEINTR.code) return;
      throwLater(new Error(`epoll_wait failed (${got.code})`));
      return;
    }
    // A wake may watch again and so write another event buffer, but only this code fills this one.
    for (let i = 0; i < got.value; i++) {
      const at = i * EVENT_SIZE;
      const socket = this.#sockets.get(this.#events.readInt32LE(at + DATA_OFFSET));
      if (!socket || socket.generation !== this.#events.readUInt32LE(at + DATA_OFFSET + 4)) continue;
      socket.armed = 0;
      this.#wake(socket, seenIn(this.#events.readUInt32LE(at)));
    }
  }

  #wakeSoon(socket: Registration): void {
    setImmediate(() => this.#wake(socket, 0));
  }

  #wake(socket: Registration, seen: number): void {
    const so = seen | socket.always;
    for (const waiter of [...socket.waiters]) {
      // An earlier wake of this batch may have stopped this one.
      if (!(waiter.want & so) || !socket.waiters.delete(waiter)) continue;
      try {
        waiter.wake(readinessOf(so & waiter.want));
      } catch (error) {
        throwLater(error);
      }
    }
    if (socket.waiters.size > 0 && this.#sockets.get(socket.fd) === socket) {
      // The others cannot be armed, so they wake: their owners retry their calls, watch again, and see that
      // fail.
      if (!this.#arm(socket).ok) setImmediate(() => this.#wake(socket, READ | WRITE | HANGUP));
    }
  }
}
