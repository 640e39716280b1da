import type { Clock } from '../waiting/clock.js';
import { DueTimer } from './due-timer.js';
import type { Hold } from './hold.js';
import { seededRandom } from './random.js';

/**
 * While something is hidden, the queue of the socket is looked at so often: no system reports each arrival.
 * Each such socket has its timer, so it is rare where a late look is but a small part of the latency.
 */
export const LOOK_MS = 10;
const RAREST_LOOK_MS = 50;
const LOOKS_PER_LATENCY = 10;
/** Bytes that arrive within this part of the latency are one arrival; so there are few. */
const SAME_ARRIVAL = 1 / 200;

export interface Latency {
  readonly latencyMs: number;
  /** Added to or subtracted from the latency at random: at most so many milliseconds. */
  readonly jitterMs: number;
  readonly seed: number;
}

/** When arrivals show: each so much later as the latency says, and never before an earlier one. */
export class LatencyTimes {
  readonly #latency: Latency;
  readonly #clock: Clock;
  readonly #draw: () => number;
  #last = 0;

  constructor(latency: Latency, clock: Clock) {
    this.#latency = latency;
    this.#clock = clock;
    this.#draw = seededRandom(latency.seed);
  }

  /** The clock's time at which something that has just arrived shows. */
  next(): number {
    const { latencyMs, jitterMs } = this.#latency;
    const jitter = jitterMs === 0 ? 0 : (2 * this.#draw() - 1) * jitterMs;
    this.#last = Math.max(this.#last, this.#clock.now() + latencyMs + jitter);
    return this.#last;
  }
}

/** The receive queue of a connection, as far as its provider tells. */
export interface ArrivalSource {
  look(): {
    /** Unread bytes. */
    readonly bytes: number;
    /** The peer has ended its stream, or the connection is lost. */
    readonly ended: boolean;
  };
  /** Wakes once when bytes or the end arrive; undefined if the system watches no more. */
  watch(wake: () => void): { stop(): void } | undefined;
}

/** Bytes that were seen together. */
interface ArrivedBytes {
  bytes: number;
  /** When the first of them was seen. */
  readonly since: number;
  /** From when on they show. */
  readonly due: number;
}

/**
 * Delays what arrives on a stream: bytes and the end show that much after they were seen in the queue of the
 * provider, where they stay until then. They show in their order.
 */
export class DelayedArrivals implements Hold {
  readonly #source: ArrivalSource;
  readonly #clock: Clock;
  readonly #times: LatencyTimes;
  readonly #timer: DueTimer;
  readonly #sameMs: number;
  readonly #lookMs: number;
  /** What is in the queue, the oldest first. */
  #arrived: ArrivedBytes[] = [];
  #bytes = 0;
  #endDue: number | undefined;
  #watch: { stop(): void } | undefined;

  /** @param changed called when more shows */
  constructor(latency: Latency, source: ArrivalSource, clock: Clock, changed: () => void) {
    this.#source = source;
    this.#clock = clock;
    this.#timer = new DueTimer(clock, () => this.#look(), changed);
    this.#times = new LatencyTimes(latency, clock);
    this.#lookMs = Math.min(RAREST_LOOK_MS, Math.max(LOOK_MS, latency.latencyMs / LOOKS_PER_LATENCY));
    this.#sameMs = Math.max(1, (latency.latencyMs + latency.jitterMs) * SAME_ARRIVAL);
  }

  get passes(): number {
    this.#look();
    const now = this.#clock.now();
    let due = 0;
    for (const one of this.#arrived) {
      if (one.due > now) return due;
      due += one.bytes;
    }
    // The end passes too: a receive may ask the provider.
    return this.#isEndDue ? Number.POSITIVE_INFINITY : due;
  }

  get hidesEnd(): boolean {
    this.#look();
    return !this.#isEndDue;
  }

  get #isEndDue(): boolean {
    return this.#endDue !== undefined && this.#endDue <= this.#clock.now();
  }

  get holds(): boolean {
    return this.#nextDue !== undefined;
  }

  passed(bytes: number): void {
    this.#drop(bytes);
    this.#look();
  }

  begin(): void {
    this.#look();
  }

  pause(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  stop(): void {
    this.pause();
    this.#timer.stop();
  }

  /** Notes what has arrived since the last look. @param woken the socket is readable */
  #look(woken = false): void {
    const { bytes, ended } = this.#source.look();
    // A reset may have emptied the queue.
    if (bytes < this.#bytes) this.#drop(this.#bytes - bytes);
    else if (bytes > this.#bytes) this.#add(bytes - this.#bytes);
    if (ended) this.#endDue ??= this.#times.next();
    this.#lookAgain(woken);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    const newest = this.#arrived.at(-1);
    const now = this.#clock.now();
    if (newest && newest.due > now && now - newest.since < this.#sameMs) newest.bytes += bytes;
    else this.#arrived.push({ bytes, since: now, due: this.#times.next() });
  }

  #drop(bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const [oldest] = this.#arrived;
      if (!oldest) break;
      const taken = Math.min(left, oldest.bytes);
      left -= taken;
      oldest.bytes -= taken;
      this.#bytes -= taken;
      if (oldest.bytes === 0) this.#arrived.shift();
    }
  }

  /** When something that is hidden now will show; undefined if nothing is hidden. */
  get #nextDue(): number | undefined {
    const now = this.#clock.now();
    const hidden = this.#arrived.find(({ due }) => due > now);
    if (hidden) return hidden.due;
    return this.#endDue !== undefined && this.#endDue > now ? this.#endDue : undefined;
  }

  #lookAgain(woken: boolean): void {
    const next = this.#nextDue;
    if (next !== undefined) this.#lookAt(next);
    // It is readable, and there is nothing: a watch would wake again and again.
    else if (woken && this.#isEmpty) this.#timer.set(LOOK_MS);
    else {
      this.#timer.clear();
      // What is there shows, and the next receive looks again.
      if (this.#isEmpty) this.#watchFirst();
    }
  }

  /** Whether nothing has arrived that was not received. */
  get #isEmpty(): boolean {
    return this.#bytes === 0 && this.#endDue === undefined;
  }

  /** Looks when something shows, and before if more may arrive until then. */
  #lookAt(due: number): void {
    const wait = due - this.#clock.now();
    this.#timer.set(this.#endDue === undefined ? Math.min(this.#lookMs, wait) : wait, due);
  }

  #watchFirst(): void {
    this.#watch ??= this.#source.watch(() => {
      this.#watch = undefined;
      this.#look(true);
    });
  }
}
