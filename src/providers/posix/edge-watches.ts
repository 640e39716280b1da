import { type Outcome, ok } from '../../winsock/outcome.js';
import { throwLater } from '../native/throw-later.js';
import type { Watch } from '../provider.js';
import { BATCH, CTL, DATA_OFFSET, EPOLL, EPOLL_CLOEXEC, EVENT_SIZE } from './epoll.js';
import type { Libc } from './library.js';
import { call } from './native-call.js';

/**
 * Wakes for each new arrival, even while earlier data is pending: a separate epoll in which every socket is
 * edge-triggered (epoll(7)). A wake can be spurious.
 */
export class EdgeWatches {
  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #watchEpoll: (epoll: number, wake: () => void) => Outcome<Watch>;
  readonly #wakes = new Map<number, () => void>();
  readonly #event = Buffer.alloc(EVENT_SIZE);
  readonly #events = Buffer.alloc(EVENT_SIZE * BATCH);
  #isWatched = false;

  /** @param watchEpoll wakes once when the epoll has events; called only while there are watches */
  constructor(libc: Libc, watchEpoll: (epoll: number, wake: () => void) => Outcome<Watch>) {
    this.#libc = libc;
    this.#watchEpoll = watchEpoll;
    const made = call('epoll_create1', libc.epoll_create1, EPOLL_CLOEXEC);
    if (!made.ok) throw new Error(`epoll_create1 failed (${made.code})`);
    this.#epoll = made.value;
  }

  isLive(fd: number): boolean {
    return this.#wakes.has(fd);
  }

  /** Wakes until it is stopped, first for data that is pending already. */
  watch(fd: number, wake: () => void): Outcome<Watch> {
    if (this.isLive(fd)) throw new Error(`descriptor ${fd} has a watch for arrivals`);
    this.#event.writeUInt32LE((EPOLL.IN | EPOLL.ET) >>> 0, 0);
    this.#event.writeInt32LE(fd, DATA_OFFSET);
    const added = this.#control(CTL.ADD, fd);
    if (!added.ok) return { ...added, call: 'watch' };
    this.#wakes.set(fd, wake);
    const stop = (): void => {
      if (this.#wakes.get(fd) !== wake) return;
      this.#wakes.delete(fd);
      this.#control(CTL.DEL, fd);
    };
    const listening = this.#listen();
    if (listening.ok) return ok({ stop });
    stop();
    return listening;
  }

  close(): void {
    this.#wakes.clear();
    call('close', this.#libc.close, this.#epoll);
  }

  #control(op: number, fd: number): Outcome<number> {
    return call('epoll_ctl', this.#libc.epoll_ctl, this.#epoll, op, fd, this.#event);
  }

  #listen(): Outcome<void> {
    if (this.#isWatched || this.#wakes.size === 0) return ok(undefined);
    const watch = this.#watchEpoll(this.#epoll, () => this.#drain());
    if (!watch.ok) return watch;
    this.#isWatched = true;
    return ok(undefined);
  }

  #drain(): void {
    this.#isWatched = false;
    const got = call('epoll_wait', this.#libc.epoll_wait, this.#epoll, this.#events, BATCH, 0);
    const count = got.ok ? got.value : 0;
    for (let i = 0; i < count; i++) {
      const fd = this.#events.readInt32LE(i * EVENT_SIZE + DATA_OFFSET);
      try {
        this.#wakes.get(fd)?.();
      } catch (error) {
        throwLater(error);
      }
    }
    const listening = this.#listen();
    if (!listening.ok) throwLater(new Error(`the edge-triggered epoll is not watched (${listening.code})`));
  }
}
