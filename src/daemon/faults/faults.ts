import type { ProviderName } from '../../winsock/protocol-info.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { SocketId } from '../ids/ids.js';
import { Signal } from '../waiting/signal.js';
import { BytesSince, type Direction, type PassedBytes } from './passed-bytes.js';
import { seededRandom } from './random.js';

/** What a call does to its socket. Effects and the exports of a journal distinguish calls by it. */
export type CallAction =
  | 'configures'
  | 'binds'
  | 'listens'
  | 'connects'
  | 'accepts'
  | 'sends'
  | 'receives'
  | 'endsSending'
  /** Waits for the end of the peer's stream. */
  | 'receivesEnd'
  | 'duplicates';

/** The ends of a pair of a relay: the accepted socket, and the one that connects. */
export const RELAY_ENDS = ['client', 'upstream'] as const;
export type RelayEnd = (typeof RELAY_ENDS)[number];

/** Where a socket is in a relay. */
export interface RelayPlace {
  readonly relayId: string;
  readonly end: RelayEnd;
  /** The number of its pair among those of the relay, from 1. */
  readonly pair: number;
}

/** The sockets of a relay that a rule is for. */
export interface RelaySockets {
  readonly relayId: string;
  readonly end: RelayEnd;
  /** Only of the pair with this number; absent: of all. */
  readonly nthConnection?: number;
}

/** A call that is about to be made, as rules see it. */
export interface FaultSubject {
  readonly op: {
    readonly name: string;
    readonly scope: 'daemon' | 'session' | 'socket';
    readonly does?: CallAction;
    /** The call ends its socket. */
    readonly closes?: true;
  };
  readonly socket:
    | {
        readonly id: SocketId;
        readonly isStream: boolean;
        readonly providerName: ProviderName;
        readonly state: SocketState;
        /** The id of the fault that has reset its connection. */
        readonly resetBy?: string | undefined;
        /** The bytes that the underlying socket has moved. */
        readonly passed: PassedBytes;
        readonly relay?: RelayPlace | undefined;
      }
    | undefined;
}

/** The direction in which a call moves bytes; undefined for calls that move none. */
export const directionOf = ({ does }: FaultSubject['op']): Direction | undefined => {
  if (does === 'sends') return 'send';
  return does === 'receives' ? 'recv' : undefined;
};

/** What a rule does to the calls that it hits, as far as the rules of a session need it. */
export interface FaultEffect {
  readonly kind: string;
  /**
   * Its part in a call. `replaces`: it answers, and the call is not made. `decides`: the call is made, but
   * the effect determines the answer. `precedes`: it acts before the call, whether that is made or not.
   * `shapes`: it changes a call that is made.
   */
  readonly part: 'replaces' | 'decides' | 'precedes' | 'shapes';
  /** The members that the effect adds to the rule, for example `{ delayMs: 20 }`. */
  readonly members: object;
  /** Whether it can act on the call. */
  fits(subject: FaultSubject): boolean;
}

/** Which of the matching calls a rule hits. */
export type FaultTrigger =
  | { readonly kind: 'each' }
  | { readonly kind: 'nth'; readonly nth: number }
  | { readonly kind: 'every'; readonly every: number }
  /** The calls of a stream in a direction in which that many bytes have passed since the rule was armed. */
  | { readonly kind: 'afterBytes'; readonly afterBytes: number }
  | { readonly kind: 'probability'; readonly probability: number; readonly seed: number };

export interface FaultSpec {
  /** Absent: every operation that makes a native call. */
  readonly operation?: string;
  /** Absent: every socket of the session, and the session's own calls. */
  readonly socketId?: SocketId;
  /** Only sockets of a relay; the rule ends with it. */
  readonly relay?: RelaySockets;
  readonly trigger: FaultTrigger;
  readonly effect: FaultEffect;
  /** How often it hits at most. */
  readonly times?: number;
  /** Milliseconds from its arming until it expires. */
  readonly expiresMs?: number;
}

const INFINITY = Number.POSITIVE_INFINITY;

/** An armed rule with its counters. */
export class FaultRule {
  readonly id: string;
  /** Its position in the order of arming, from 1. */
  readonly number: number;
  readonly spec: FaultSpec;
  /** The clock's time at which it expires, milliseconds. */
  readonly expiresAt: number;
  /** Matching calls so far. */
  calls = 0;
  /** The calls that it has hit, that is, on which it has acted. */
  hits = 0;
  /** Fires when the rule is removed: what it began ends with it. */
  readonly removed = new Signal();
  /** The bytes of sockets since the rule was armed. */
  readonly bytes = new BytesSince();
  readonly #draw: () => number;

  constructor(number: number, spec: FaultSpec, now: number) {
    this.id = `flt_${number}`;
    this.number = number;
    this.spec = spec;
    this.expiresAt = now + (spec.expiresMs ?? INFINITY);
    this.#draw = seededRandom(spec.trigger.kind === 'probability' ? spec.trigger.seed : 0);
  }

  /** Whether it can never hit again. */
  isSpent(now: number): boolean {
    const { trigger, times = INFINITY } = this.spec;
    if (now >= this.expiresAt || this.hits >= times) return true;
    return trigger.kind === 'nth' && this.calls >= trigger.nth;
  }

  /** Counts the call if it matches, and returns whether the rule chooses it. */
  countCall(subject: FaultSubject, now: number): boolean {
    if (!this.#matches(subject) || now >= this.expiresAt) return false;
    this.calls++;
    // Drawn for every matching call, so that `times` does not change later draws.
    const chosen = this.#chooses(subject);
    return chosen && this.#mayHit;
  }

  /**
   * With `afterBytes`: how many more bytes may pass before the rule hits the calls of the socket in this
   * direction. Without it, and for calls that it never hits: Infinity.
   */
  bytesLeft(subject: FaultSubject, now: number): number {
    if (this.spec.trigger.kind !== 'afterBytes' || now >= this.expiresAt || !this.#mayHit) return INFINITY;
    return this.#matches(subject) ? this.#bytesUntilHit(subject) : INFINITY;
  }

  get #mayHit(): boolean {
    return this.hits < (this.spec.times ?? INFINITY);
  }

  #bytesUntilHit({ op, socket }: FaultSubject): number {
    const { trigger } = this.spec;
    const direction = directionOf(op);
    if (trigger.kind !== 'afterBytes' || !socket?.isStream || !direction) return INFINITY;
    return Math.max(0, trigger.afterBytes - this.bytes.of(socket.passed, direction));
  }

  /** Whether it is for calls of that socket; undefined: for those of the session. */
  isFor(socket: Pick<NonNullable<FaultSubject['socket']>, 'id' | 'relay'> | undefined): boolean {
    const { socketId, relay } = this.spec;
    if (socketId !== undefined && socketId !== socket?.id) return false;
    return relay === undefined || isIn(relay, socket?.relay);
  }

  #matches(subject: FaultSubject): boolean {
    const { operation, effect, trigger } = this.spec;
    if (operation !== undefined && operation !== subject.op.name) return false;
    if (!this.isFor(subject.socket)) return false;
    // A call that moves no bytes of a stream is none that `afterBytes` can be about.
    if (trigger.kind === 'afterBytes' && this.#bytesUntilHit(subject) === INFINITY) return false;
    return effect.fits(subject);
  }

  #chooses(subject: FaultSubject): boolean {
    const { trigger } = this.spec;
    switch (trigger.kind) {
      case 'each':
        return true;
      case 'nth':
        return this.calls === trigger.nth;
      case 'every':
        return this.calls % trigger.every === 0;
      case 'probability':
        return this.#draw() < trigger.probability;
      case 'afterBytes':
        return this.#bytesUntilHit(subject) === 0;
    }
  }
}

const isIn = ({ relayId, end, nthConnection }: RelaySockets, place: RelayPlace | undefined): boolean =>
  place?.relayId === relayId &&
  place.end === end &&
  (nthConnection === undefined || nthConnection === place.pair);

/** A session has at most this many rules. */
export const MOST_FAULTS = 1000;

/**
 * The rules armed in one session, for all its sockets or for one. Every rule counts on its own: what one does
 * never changes what another counts or draws. So the same calls in the same order have the same hits.
 */
export class Faults {
  #rules: readonly FaultRule[] = [];
  #issued = 0;

  /** Whether there are rules. Without rules, this check is all that faults cost a call. */
  get any(): boolean {
    return this.#rules.length > 0;
  }

  /** In the order of arming. */
  get rules(): readonly FaultRule[] {
    return this.#rules;
  }

  /**
   * Whether so many more rules fit. If they do not, first removes the rules that can never hit again.
   *
   * @param inPlaceOf the ids of rules that they replace
   */
  hasRoomFor(count: number, now: number, inPlaceOf: readonly string[] = []): boolean {
    const fits = (): boolean => {
      const replaced = inPlaceOf.filter((id) => this.find(id) !== undefined).length;
      return this.#rules.length - replaced + count <= MOST_FAULTS;
    };
    if (fits()) return true;
    // What they hold back must end with them: no call could name them any more.
    this.#removeWhere((rule) => rule.isSpent(now));
    return fits();
  }

  /** Arms a rule. Ids count from `flt_1` in each session, so that transcripts of two runs can be compared. */
  arm(spec: FaultSpec, now: number): FaultRule {
    this.#issued++;
    const rule = new FaultRule(this.#issued, spec, now);
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Adds a removed rule again, with its counters, at its position in the order of arming. */
  restore(rule: FaultRule): void {
    this.#rules = [...this.#rules, rule].sort((a, b) => a.number - b.number);
  }

  find(id: string): FaultRule | undefined {
    return this.#rules.find((rule) => rule.id === id);
  }

  remove(id: string): void {
    this.#removeWhere((rule) => rule.id === id);
  }

  /** The socket has ended: removes its rules. */
  removeOfSocket(socketId: SocketId): void {
    if (this.any) this.#removeWhere((rule) => rule.spec.socketId === socketId);
  }

  /** Removes all rules; returns them. */
  removeAll(): readonly FaultRule[] {
    const removed = this.#rules;
    this.#removeWhere(() => true);
    return removed;
  }

  #removeWhere(go: (rule: FaultRule) => boolean): void {
    const removed = this.#rules.filter(go);
    this.#rules = this.#rules.filter((rule) => !removed.includes(rule));
    for (const rule of removed) rule.removed.fire();
  }

  /**
   * Counts one call, and returns the rules that act on it, in the order of arming. Their hits are counted
   * now, so that concurrent calls do not share the last one of `times`. A rule that does not act after all
   * loses the hit.
   */
  takeHits(subject: FaultSubject, now: number): readonly FaultRule[] {
    const hits = rulesThatAct(this.count(subject, now));
    for (const rule of hits) rule.hits++;
    return hits;
  }

  /**
   * Counts one call for every rule that it matches; returns the rules that choose it, in the order of arming.
   */
  count(subject: FaultSubject, now: number): readonly FaultRule[] {
    return this.#rules.filter((rule) => rule.countCall(subject, now));
  }
}

/**
 * The rules that act on a call, from those that choose it. The first that makes or decides the answer acts;
 * others of this kind do not. The remaining rules act together with it. If the call is not made, only those
 * act that precede it and were armed before.
 */
const rulesThatAct = (chosen: readonly FaultRule[]): readonly FaultRule[] => {
  const answers = chosen.find((rule) => makesAnswer(rule));
  return chosen.filter((rule) => {
    if (rule === answers) return true;
    if (makesAnswer(rule)) return false;
    if (answers?.spec.effect.part !== 'replaces') return true;
    return rule.number < answers.number && rule.spec.effect.part === 'precedes';
  });
};

const makesAnswer = ({ spec: { effect } }: FaultRule): boolean =>
  effect.part === 'replaces' || effect.part === 'decides';
