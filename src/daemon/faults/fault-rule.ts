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
