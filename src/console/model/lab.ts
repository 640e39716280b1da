import { durationText } from './duration-text.js';
import type { Rig } from './rig.js';
import type { Entry, LabLink } from './types.js';

/** What setLabLink changes. */
export type LinkChange = Partial<LabLink>;

/** A usual link. */
export interface LinkPreset {
  readonly title: string;
  readonly change: LinkChange;
}

const PERFECT = { latencyMs: 0, bytesPerSecond: 0, loss: 0, partition: false } as const;

/** Usual links. Each but the cut says everything, so that nothing of the link before stays. */
export const LINK_PRESETS: readonly LinkPreset[] = [
  { title: 'Perfect', change: PERFECT },
  { title: 'LAN 1 ms', change: { ...PERFECT, latencyMs: 1 } },
  { title: 'Satellite 300 ms', change: { ...PERFECT, latencyMs: 300 } },
  { title: 'Slow 10 kB/s', change: { ...PERFECT, bytesPerSecond: 10_000 } },
  { title: 'Lossy 20 %', change: { ...PERFECT, loss: 0.2, seed: 1 } },
];

/** A link after a change, as the daemon makes it: a loss without a seed has the seed 0. */
export const linkAfter = (link: LabLink, change: LinkChange): LabLink => ({
  ...link,
  ...change,
  seed: change.loss === undefined ? link.seed : (change.seed ?? 0),
});

/** A link as one sentence without its full stop. */
export const linkText = ({ latencyMs, bytesPerSecond, loss, seed, partition }: LabLink): string =>
  [
    partition ? 'The network is cut: nothing passes' : 'The network is connected',
    latencyMs === 0 ? 'no latency' : `latency ${durationText(latencyMs)}`,
    bytesPerSecond === 0 ? 'no limit of the rate' : `${bytesPerSecond.toLocaleString('en')} bytes per second`,
    loss === 0 ? 'no loss' : `${percentOf(loss)} % of the datagrams lost (seed ${seed})`,
  ].join(', ');

/** A probability in percent, without the noise of its last digits. */
export const percentOf = (loss: number): number => Number((loss * 100).toPrecision(12));

/**
 * The lab network of a session, kept up to date by the calls that the rig sees: those of this page and of
 * others, also from other sessions on the same network. Only changes count, since a read is a call as well.
 */
export class Lab {
  /** Undefined until it was read. */
  link: LabLink | undefined;
  /** The time of the network, milliseconds; undefined if it is not known. */
  timeMs: number | undefined;
  /** Whether the clock stands still between calls of advanceLabClock; before the first one it runs. */
  isStopped = false;
  readonly #rig: Rig;
  readonly #sessionId: string;
  /** How many calls of the rig have been seen, with those that it has dropped. */
  #seen = 0;
  /** The changes since a read began: its answer may have been made before or after them. */
  #sinceRead: LinkChange[] = [];
  /** Advances of this page whose call is not in the rig yet: their answers already have the time. */
  #own = 0;

  constructor(rig: Rig, sessionId: string) {
    this.#rig = rig;
    this.#sessionId = sessionId;
    this.follow();
  }

  /** Takes the calls that are new in the rig. @returns whether the link or the clock has changed */
  follow(): boolean {
    const { calls, droppedCalls } = this.#rig;
    const fresh = calls.slice(Math.max(0, this.#seen - droppedCalls));
    this.#seen = droppedCalls + calls.length;
    const changes = fresh.filter(({ sessionId, entry }) => this.#concerns(sessionId, entry));
    for (const { sessionId, entry } of changes) this.#take(sessionId, entry);
    return changes.length > 0;
  }

  /** Begins a read of the link. */
  beginRead(): void {
    this.#sinceRead = [];
  }

  /** Takes the answer of a read. */
  endRead(link: LabLink): void {
    this.link = this.#sinceRead.reduce(linkAfter, link);
  }

  /** An advance of this page begins. */
  beginAdvance(): void {
    this.#own++;
  }

  /** Takes the time that an advance of this page has answered; undefined if it failed. */
  endAdvance(timeMs: number | undefined): void {
    if (timeMs === undefined) {
      this.#own--;
      return;
    }
    this.timeMs = timeMs;
    this.isStopped = true;
  }

  #take(sessionId: string, { operation, parameters = {} }: Entry): void {
    if (operation === 'setLabLink') {
      // The journal has the parameters that the daemon's document describes.
      const change = parameters as LinkChange;
      this.#sinceRead.push(change);
      if (this.link) this.link = linkAfter(this.link, change);
      return;
    }
    this.isStopped = true;
    if (sessionId === this.#sessionId && this.#own > 0) this.#own--;
    else if (this.timeMs !== undefined) this.timeMs += Number(parameters.advanceMs ?? 0);
  }

  #concerns(sessionId: string, { operation, outcome, parameters = {} }: Entry): boolean {
    if (outcome !== 'ok' || !this.#isOnNetwork(sessionId)) return false;
    return (
      operation === 'advanceLabClock' || (operation === 'setLabLink' && Object.keys(parameters).length > 0)
    );
  }

  #isOnNetwork(sessionId: string): boolean {
    if (sessionId === this.#sessionId) return true;
    const network = this.#rig.sessions.get(this.#sessionId)?.info.labNetwork;
    return network !== undefined && this.#rig.sessions.get(sessionId)?.info.labNetwork === network;
  }
}
