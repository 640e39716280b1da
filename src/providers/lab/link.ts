import type { LabClock } from './clock.js';
import { DATAGRAM_OVERHEAD, memoryOf } from './datagram-queue.js';
import { Fifo } from './fifo.js';
import { BOUNDLESS, type Memory } from './memory.js';

/** How everything passes from one end of the network to the other. */
export interface LinkSettings {
  /** Milliseconds from one end to the other. */
  readonly latencyMs: number;
  /** Bytes a second, for all traffic together; 0: no limit. */
  readonly bytesPerSecond: number;
  /** Loss of datagrams; `draw` gives the next number, 0 <= x < 1. */
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
  /** What is behind it may not overtake it, whatever becomes of the settings. */
  at: number;
  /** A datagram: nobody sends it again. */
  readonly losable: boolean;
  readonly arrive: () => void;
}

/** Datagrams on their way, together at most so many bytes: what is more is lost, as in a full router. */
const MOST_ON_THE_WAY = 4 * 1024 * 1024;

/** Of what is due together, so much arrives in one turn of the event loop. */
const MOST_AT_ONCE = 256;

/** What one thing on its way takes beside the datagram that it may be: bytes of a stream stay with their sender. */
const PASSAGE_BYTES = 200;

const keptFor = (bytes: number, isDatagram: boolean): number =>
  PASSAGE_BYTES + (isDatagram ? memoryOf(bytes) : 0);

/** Times are sums of fractions: what is due by less than this is due. */
const NEARLY_MS = 1e-6;

/**
 * The one link that all traffic of a network passes, first in, first out. Perfect until told otherwise: then
 * things arrive inside the call that sent them.
 */
export class LabLink {
  readonly #clock: LabClock;
  readonly #memory: Memory;
  #queue = new Fifo<Passage>();
  readonly #connections = new Set<() => void>();
  #settings = PERFECT;
  /** When the last byte given to the link has left its sender. */
  #freeAt = 0;
  #datagramBytes = 0;
  #timer: { clear(): void } | undefined;
  #cutAt: number | undefined;

  /** @param memory where what is on its way counts */
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

  /** Since when, by the network's clock, nothing passes. */
  get cutAt(): number | undefined {
    return this.#cutAt;
  }

  /** Whether what is sent now arrives at once. */
  get isDirect(): boolean {
    const { latencyMs, bytesPerSecond, partition } = this.#settings;
    return latencyMs === 0 && bytesPerSecond === 0 && !partition && this.#queue.length === 0;
  }

  /** Changes what is given. What is on its way keeps its time of arrival, and waits while the link is cut. */
  change(change: Partial<LinkSettings>): void {
    const wasCut = this.isCut;
    this.#settings = { ...this.#settings, ...change };
    if (this.isCut === wasCut) return;
    if (this.isCut) this.#cut();
    else this.#heal();
    for (const changed of [...this.#connections]) changed();
  }

  /** Tells a connection whenever the link is cut or healed, until `stop`. */
  onCut(changed: () => void): { stop(): void } {
    this.#connections.add(changed);
    return { stop: () => void this.#connections.delete(changed) };
  }

  /** Lets something of a connection pass: sent again until it arrives. */
  pass(bytes: number, arrive: () => void): void {
    if (this.isDirect) arrive();
    else this.#enqueue(bytes, false, arrive);
  }

  /** Lets a datagram pass, or loses it. */
  passOrLose(bytes: number, arrive: () => void): void {
    const { probability, draw } = this.#settings.loss;
    // Drawn for every datagram, also where it would be lost anyway: the same datagrams, the same losses.
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
    // Those that are left come by the next timer, which is due at once.
    for (let i = 0; i < MOST_AT_ONCE; i++) {
      const { first } = this.#queue;
      if (first === undefined || first.at > now || this.isCut) return;
      this.#queue.shift();
      if (first.losable) this.#datagramBytes -= first.bytes + DATAGRAM_OVERHEAD;
      this.#memory.release(keptFor(first.bytes, first.losable));
      first.arrive();
    }
  }

  /** Datagrams on their way are lost; streams will send again what is on its way. */
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
