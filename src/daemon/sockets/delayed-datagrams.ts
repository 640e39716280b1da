import { type Outcome, ok } from '../../winsock/outcome.js';
import { type Latency, LatencyTimes, LOOK_MS } from '../faults/delayed-arrivals.js';
import { DueTimer } from '../faults/due-timer.js';
import type { Hold } from '../faults/hold.js';
import type { ByteAccount } from '../memory/byte-account.js';
import type { Clock } from '../waiting/clock.js';
import type { Arrival } from './undelivered-data.js';

/** So many are held; others wait in the provider, which drops them when its buffer is full. */
export const MOST_DATAGRAMS = 1000;
/** So many are taken from the provider in one turn of the event loop. */
const AT_ONCE = 64;
const LONGEST_DATAGRAM = 65_535;

/** The receive queue of a datagram socket. */
export interface DatagramSource {
  /** Takes the next datagram, or the error about an earlier one; undefined: there is none. */
  take(): Outcome<Arrival> | undefined;
  /** Wakes once when there is one; undefined if the system watches no more. */
  watch(wake: () => void): { stop(): void } | undefined;
  /** The delay is over: takes back what was not received, in its order. */
  keep(items: readonly Outcome<Arrival>[]): void;
}

/**
 * Delays what arrives on a datagram socket. No system reports when each datagram of its queue has arrived, so
 * each is taken at once, and held here until it shows.
 */
export class DelayedDatagrams implements Hold {
  readonly #times: LatencyTimes;
  readonly #source: DatagramSource;
  readonly #clock: Clock;
  readonly #account: Pick<ByteAccount, 'count' | 'fitsQueue'>;
  readonly #timer: DueTimer;
  #items: { readonly item: Outcome<Arrival>; readonly due: number }[] = [];
  #watch: { stop(): void } | undefined;

  /**
   * @param account counts what is held
   * @param changed called when one more shows
   */
  constructor(
    latency: Latency,
    source: DatagramSource,
    clock: Clock,
    account: Pick<ByteAccount, 'count' | 'fitsQueue'>,
    changed: () => void,
  ) {
    this.#times = new LatencyTimes(latency, clock);
    this.#source = source;
    this.#clock = clock;
    this.#account = account;
    this.#timer = new DueTimer(clock, () => this.#look(), changed);
  }

  /** A datagram passes whole. */
  get passes(): number {
    this.#look();
    return this.#isDue ? Number.POSITIVE_INFINITY : 0;
  }

  get hidesEnd(): boolean {
    return !this.#isDue;
  }

  get holds(): boolean {
    return this.#items.length > 0 && !this.#isDue;
  }

  /** The bytes of all that show. */
  get dueBytes(): number {
    const now = this.#clock.now();
    return this.#items.reduce((sum, { item, due }) => (due <= now ? sum + sizeOf(item) : sum), 0);
  }

  /** Takes the next one that shows; a peek leaves it there. */
  take(most: number, peek: boolean): Outcome<Arrival> | undefined {
    const [first] = this.#items;
    if (!first || !this.#isDue) return undefined;
    if (!peek) this.#remove();
    const { item } = first;
    if (!item.ok || item.value.data.length <= most) return item;
    return ok({ ...item.value, data: item.value.data.subarray(0, most), truncated: true });
  }

  passed(): void {
    this.#look();
  }

  begin(): void {
    this.#look();
  }

  pause(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** The provider has dropped its queue. */
  clear(): void {
    while (this.#items.length > 0) this.#remove();
  }

  stop(): void {
    this.pause();
    this.#timer.stop();
    const kept = this.#items.map(({ item }) => item);
    this.clear();
    this.#source.keep(kept);
  }

  get #isDue(): boolean {
    const [first] = this.#items;
    return first !== undefined && first.due <= this.#clock.now();
  }

  #remove(): void {
    const removed = this.#items.shift();
    if (removed) this.#account.count(-sizeOf(removed.item));
  }

  /** Takes what has arrived. @param woken the socket is readable */
  #look(woken = false): void {
    let taken = 0;
    while (taken < AT_ONCE && this.#hasRoom) {
      const item = this.#source.take();
      if (!item) break;
      taken++;
      this.#account.count(sizeOf(item));
      this.#items.push({ item, due: this.#times.next() });
    }
    this.#lookAgain(woken && taken === 0);
  }

  get #hasRoom(): boolean {
    return this.#items.length < MOST_DATAGRAMS && this.#account.fitsQueue(LONGEST_DATAGRAM);
  }

  /** @param inVain the socket is readable, and nothing was taken: a watch would wake again and again */
  #lookAgain(inVain: boolean): void {
    const now = this.#clock.now();
    const due = this.#items.find((item) => item.due > now)?.due;
    const wait = due === undefined ? Number.POSITIVE_INFINITY : due - now;
    const ms = inVain ? Math.min(LOOK_MS, wait) : wait;
    if (Number.isFinite(ms)) this.#timer.set(ms, due);
    else this.#timer.clear();
    if (!inVain && this.#hasRoom) this.#watch ??= this.#source.watch(() => this.#woken());
  }

  #woken(): void {
    this.#watch = undefined;
    this.#look(true);
  }
}

const sizeOf = (item: Outcome<Arrival>): number => (item.ok ? item.value.data.length : 0);
