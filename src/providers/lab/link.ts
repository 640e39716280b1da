import type { LabClock } from './clock.js';
import { DATAGRAM_OVERHEAD, memoryOf } from './datagram-queue.js';
import { Fifo } from './fifo.js';
import { BOUNDLESS, type Memory } from './memory.js';

/** How traffic passes from one end of the network to the other. */
export interface LinkSettings {
  /** Milliseconds from one end to the other. */
  readonly latencyMs: number;
  /** Bytes per second for all traffic together; 0: no limit. */
  readonly bytesPerSecond: number;
  /** Loss of datagrams; `draw` returns the next random number, 0 <= x < 1. */
  readonly loss: { readonly probability: number; readonly seed: number; readonly draw: () => number };
  /** Nothing passes. */
  readonly partition: boolean;
}

const PERFECT: LinkSettings = Object.freeze({
  latencyMs: 0,
  bytesPerSecond: 0,
  loss: Object.freeze({ probability: 0, seed: 0, draw: () => 0 }),
  partition: false,
});

interface Passage {
  readonly bytes: number;
  /** Time of arrival. Later items never overtake it, even when the settings change. */
  at: number;
  /** True for a datagram, which is not sent again. */
  readonly losable: boolean;
  readonly arrive: () => void;
}

/** The most bytes of datagrams in transit; more are lost, as in a full router. */
const MOST_ON_THE_WAY = 4 * 1024 * 1024;

/** The most items that arrive in one event loop turn. */
const MOST_AT_ONCE = 256;

/** The memory of an item in transit without its datagram; bytes of a stream stay with their sender. */
const PASSAGE_BYTES = 200;

const keptFor = (bytes: number, isDatagram: boolean): number =>
  PASSAGE_BYTES + (isDatagram ? memoryOf(bytes) : 0);

/** Times are sums of fractions: an item that is due within this time is due now. */
const NEARLY_MS = 1e-6;

/**
 * The single link that carries all traffic of a network, first in, first out. By default it is perfect: data
 * arrives inside the call that sends it.
 */
export class LabLink {
  readonly #clock: LabClock;
  readonly #memory: Memory;
  #queue = new Fifo<Passage>();
  readonly #connections = new Set<() => void>();
  #settings = PERFECT;
  /** When the last byte on the link has left its sender. */
  #freeAt = 0;
  #datagramBytes = 0;
  #timer: { clear(): void } | undefined;
  #cutAt: number | undefined;

  /** @param memory accounts for the items in transit */
  constructor(clock: LabClock, memory = BOUNDLESS) {
    this.#clock = clock;
    this.#memory = memory;
  }

  get settings(): LinkSettings {
    return this.#settings;
  }

  get isCut(): boolean {
    return this.#settings.partition;
  }

  /** When the link was cut, by the network's clock. */
  get cutAt(): number | undefined {
    return this.#cutAt;
  }

  /** Whether data sent now arrives at once. */
  get isDirect(): boolean {
    const { latencyMs, bytesPerSecond, partition } = this.#settings;
    return latencyMs === 0 && bytesPerSecond === 0 && !partition && this.#queue.length === 0;
  }

  /**
   * Changes the given settings. Items in transit keep their time of arrival, and wait while the link is cut.
   */
  change(change: Partial<LinkSettings>): void {
    const wasCut = this.isCut;
    this.#settings = { ...this.#settings, ...change };
    if (this.isCut === wasCut) return;
    if (this.isCut) this.#cut();
    else this.#heal();
    for (const changed of [...this.#connections]) changed();
  }

  /** Calls `changed` each time the link is cut or restored, until `stop`. */
  onCut(changed: () => void): { stop(): void } {
    this.#connections.add(changed);
    return { stop: () => void this.#connections.delete(changed) };
  }

  /** Sends data of a connection, which is sent again until it arrives. */
  pass(bytes: number, arrive: () => void): void {
    if (this.isDirect) arrive();
    else this.#enqueue(bytes, false, arrive);
  }

  /** Sends a datagram, or loses it. */
  passOrLose(bytes: number, arrive: () => void): void {
    const { probability, draw } = this.#settings.loss;
    // A number is drawn for every datagram, even for one that is lost anyway, so that losses are
    // reproducible.
    const lost = probability > 0 && draw() < probability;
    if (lost || this.isCut) return;
    if (this.isDirect) arrive();
    else if (this.#datagramBytes < MOST_ON_THE_WAY) this.#enqueue(bytes, true, arrive);
  }

  #enqueue(bytes: number, losable: boolean, arrive: () => void): void {
    const { latencyMs, bytesPerSecond } = this.#settings;
    const now = this.#clock.now();
    this.#freeAt = Math.max(now, this.#freeAt) + (bytesPerSecond > 0 ? (bytes / bytesPerSecond) * 1000 : 0);
    const before = this.#queue.last?.at ?? 0;
    this.#queue.push({ bytes, at: Math.max(this.#freeAt + latencyMs, before), losable, arrive });
    if (losable) this.#datagramBytes += bytes + DATAGRAM_OVERHEAD;
    this.#memory.count(keptFor(bytes, losable));
    this.#arm();
  }

  #arm(): void {
    const { first } = this.#queue;
    if (this.isCut || first === undefined || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimeout(Math.max(0, first.at - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#deliver();
      this.#arm();
    });
  }

  #deliver(): void {
    const now = this.#clock.now() + NEARLY_MS;
    // The next timer, which is due at once, delivers the others.
    for (let i = 0; i < MOST_AT_ONCE; i++) {
      const { first } = this.#queue;
      if (first === undefined || first.at > now || this.isCut) return;
      this.#queue.shift();
      if (first.losable) this.#datagramBytes -= first.bytes + DATAGRAM_OVERHEAD;
      this.#memory.release(keptFor(first.bytes, first.losable));
      first.arrive();
    }
  }

  /** Datagrams in transit are lost; streams send their data again. */
  #cut(): void {
    this.#cutAt = this.#clock.now();
    this.#timer?.clear();
    this.#timer = undefined;
    const left = new Fifo<Passage>();
    for (const passage of this.#queue) {
      if (passage.losable) this.#memory.release(keptFor(passage.bytes, true));
      else left.push(passage);
    }
    this.#queue = left;
    this.#datagramBytes = 0;
  }

  #heal(): void {
    this.#cutAt = undefined;
    const earliest = this.#clock.now() + this.#settings.latencyMs;
    for (const passage of this.#queue) passage.at = Math.max(passage.at, earliest);
    this.#arm();
  }
}
