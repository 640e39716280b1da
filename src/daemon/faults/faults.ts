import type { ProviderName } from '../../winsock/protocol-info.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { SocketId } from '../ids/ids.js';
import { Signal } from '../waiting/signal.js';
import { seededRandom } from './random.js';

/** What a call does to its socket, as effects and the exports of a journal tell calls apart. */
export type Deed =
  | 'configures'
  | 'binds'
  | 'listens'
  | 'connects'
  | 'accepts'
  | 'sends'
  | 'receives'
  | 'endsSending'
  /** Asks for the end of the peer. */
  | 'receivesEnd'
  | 'duplicates';

/** One call that is about to be made, as rules see it. */
export interface FaultSubject {
  readonly op: {
    readonly name: string;
    readonly scope: 'daemon' | 'session' | 'socket';
    readonly does?: Deed;
  };
  readonly socket:
    | {
        readonly id: SocketId;
        readonly isStream: boolean;
        readonly providerName: ProviderName;
        readonly state: SocketState;
        /** The fault that has reset its connection. */
        readonly lostBy?: string | undefined;
      }
    | undefined;
}

/** What a rule does to the calls that it hits, as far as the rules of a session have to know. */
export interface FaultEffect {
  readonly kind: string;
  /**
   * Its part in a call. `replaces`: it answers, and the call is not made. `decides`: the call is made, the
   * answer is its own. `precedes`: it comes before the call, made or not. `shapes`: it changes a call that is made.
   */
  readonly part: 'replaces' | 'decides' | 'precedes' | 'shapes';
  /** Its own members of the rule, for example `{ delayMs: 20 }`. */
  readonly given: object;
  /** Whether it can act on the call. */
  fits(subject: FaultSubject): boolean;
}

/** Which of the matching calls are hit. */
export type FaultMoment =
  | { readonly kind: 'each' }
  | { readonly kind: 'nth'; readonly nth: number }
  | { readonly kind: 'every'; readonly every: number }
  | { readonly kind: 'probability'; readonly probability: number; readonly seed: number };

export interface FaultSpec {
  /** Absent: every operation that makes a native call. */
  readonly operation?: string;
  /** Absent: every socket of the session, and the session's own calls. */
  readonly socketId?: SocketId;
  readonly moment: FaultMoment;
  readonly effect: FaultEffect;
  /** How often it hits at most. */
  readonly times?: number;
  /** Milliseconds from its arming until it hits no more. */
  readonly expiresMs?: number;
}

/** An armed rule with its counters. */
export class FaultRule {
  readonly id: string;
  /** Its place in the order of arming. */
  readonly number: number;
  readonly spec: FaultSpec;
  /** The clock's time at which it expires, milliseconds. */
  readonly expiresAt: number;
  /** Matching calls so far. */
  calls = 0;
  /** Those that it hit: on which it acted. */
  hits = 0;
  /** Fires when it is armed no more: what it began ends with it. */
  readonly removed = new Signal();
  readonly #draw: () => number;

  constructor(number: number, spec: FaultSpec, now: number) {
    this.id = `flt_${number}`;
    this.number = number;
    this.spec = spec;
    this.expiresAt = now + (spec.expiresMs ?? Number.POSITIVE_INFINITY);
    this.#draw = seededRandom(spec.moment.kind === 'probability' ? spec.moment.seed : 0);
  }

  /** Whether it can never hit again. */
  isSpent(now: number): boolean {
    const { moment, times = Number.POSITIVE_INFINITY } = this.spec;
    if (now >= this.expiresAt || this.hits >= times) return true;
    return moment.kind === 'nth' && this.calls >= moment.nth;
  }

  /** Counts the call if it matches, and says whether it is one to hit. */
  counts(subject: FaultSubject, now: number): boolean {
    if (!this.#matches(subject) || now >= this.expiresAt) return false;
    this.calls++;
    // Drawn for every matching call, so that `times` does not shift what comes later.
    const chosen = this.#chooses();
    return chosen && this.hits < (this.spec.times ?? Number.POSITIVE_INFINITY);
  }

  #matches(subject: FaultSubject): boolean {
    const { operation, socketId, effect } = this.spec;
    if (operation !== undefined && operation !== subject.op.name) return false;
    if (socketId !== undefined && socketId !== subject.socket?.id) return false;
    return effect.fits(subject);
  }

  #chooses(): boolean {
    const { moment } = this.spec;
    switch (moment.kind) {
      case 'each':
        return true;
      case 'nth':
        return this.calls === moment.nth;
      case 'every':
        return this.calls % moment.every === 0;
      case 'probability':
        return this.#draw() < moment.probability;
    }
  }
}

/** A session has at most this many rules. */
export const MOST_FAULTS = 1000;

/**
 * The rules armed in one session, for all its sockets or for one. Every rule counts for itself: what one
 * does never changes what another counts or draws, so that the same calls in the same order give the same hits.
 */
export class Faults {
  #rules: readonly FaultRule[] = [];
  #issued = 0;

  /** Whether there is any: without one, a call costs no more than this question. */
  get any(): boolean {
    return this.#rules.length > 0;
  }

  /** In the order of arming. */
  get rules(): readonly FaultRule[] {
    return this.#rules;
  }

  /** Whether so many more rules fit. Makes room by forgetting the ones that can never hit again. */
  hasRoomFor(count: number, now: number): boolean {
    if (this.#rules.length + count <= MOST_FAULTS) return true;
    this.#rules = this.#rules.filter((rule) => !rule.isSpent(now));
    return this.#rules.length + count <= MOST_FAULTS;
  }

  /** Arms a rule. Ids count from `flt_1` in each session, so that transcripts of two runs can be compared. */
  arm(spec: FaultSpec, now: number): FaultRule {
    this.#issued++;
    const rule = new FaultRule(this.#issued, spec, now);
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Takes a rule back that was removed, with its counters, at its place in the order of arming. */
  takeBack(rule: FaultRule): void {
    this.#rules = [...this.#rules, rule].sort((a, b) => a.number - b.number);
  }

  find(id: string): FaultRule | undefined {
    return this.#rules.find((rule) => rule.id === id);
  }

  remove(id: string): void {
    this.#removeThose((rule) => rule.id === id);
  }

  /** The socket has ended: its rules go with it. */
  forget(socketId: SocketId): void {
    if (this.any) this.#removeThose((rule) => rule.spec.socketId === socketId);
  }

  /** The session has ended, and all its rules. */
  end(): void {
    this.#removeThose(() => true);
  }

  #removeThose(go: (rule: FaultRule) => boolean): void {
    const removed = this.#rules.filter(go);
    this.#rules = this.#rules.filter((rule) => !removed.includes(rule));
    for (const rule of removed) rule.removed.fire();
  }

  /**
   * Counts one call, and gives the rules that act on it in the order of arming. Each has its hit from now on,
   * so that calls side by side do not share the last one of `times`; one that does not come to act gives it back.
   */
  hitsOn(subject: FaultSubject, now: number): readonly FaultRule[] {
    const hits = actingOf(this.count(subject, now));
    for (const rule of hits) rule.hits++;
    return hits;
  }

  /** Counts one call for every rule that it matches, and gives those that would hit it, in the order of arming. */
  count(subject: FaultSubject, now: number): readonly FaultRule[] {
    return this.#rules.filter((rule) => rule.counts(subject, now));
  }
}

/**
 * Of the rules that would hit a call, those that act on it. The first that answers, or decides the answer, wins,
 * and the others of its kind stay as they are. The rest act together with it; where the call is not made, only
 * what precedes it and was armed before.
 */
const actingOf = (chosen: readonly FaultRule[]): readonly FaultRule[] => {
  const answers = chosen.find((rule) => doesAnswer(rule));
  return chosen.filter((rule) => {
    if (rule === answers) return true;
    if (doesAnswer(rule)) return false;
    if (answers?.spec.effect.part !== 'replaces') return true;
    return rule.number < answers.number && rule.spec.effect.part === 'precedes';
  });
};

const doesAnswer = ({ spec: { effect } }: FaultRule): boolean =>
  effect.part === 'replaces' || effect.part === 'decides';
