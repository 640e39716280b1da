import type { Static, TObject, TProperties } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import type { ParameterError, Refusal } from '../../daemon/answers/refusals.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Invention } from '../../daemon/faults/call-faults.js';
import type { FaultEffect, FaultRule, FaultSubject } from '../../daemon/faults/fault-rule.js';
import type { Direction } from '../../daemon/faults/passed-bytes.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Failure } from '../../winsock/outcome.js';

/** An hour: longer than any limit of a wait. */
export const LONGEST_MS = 3_600_000;
/** The largest number of a 32-bit member. */
export const MOST = 0x7fffffff;

/** A call that a rule has hit, as the effect of the rule sees it. */
export interface FaultedCall {
  readonly op: FaultSubject['op'];
  readonly call: Call;
  /** undefined: a call of the session. */
  readonly socket: Socket | undefined;
  /** The Winsock function, for answers. */
  readonly name: string;
  readonly daemon: Daemon;
}

/** A kind of socket that an effect is for. */
export interface SocketKind {
  /** The name of the kind in the refusal of a rule for another kind. */
  readonly text: string;
  includes(socket: Pick<Socket, 'isStream' | 'providerName'>): boolean;
}

export const STREAMS: SocketKind = { text: 'stream sockets', includes: ({ isStream }) => isStream };

/** The members that one effect adds to a rule. */
export type Members<P extends TProperties> = Static<TObject<P>>;

/**
 * One effect of faults. The schema of rules, their checks, and what happens to a call derive from it. `given`
 * has the effect's own members of the rule; the schema has checked them.
 */
export interface Effect {
  /** Its name in a rule. */
  readonly kind: string;
  /** What it does, as the end of a sentence that begins with its name. */
  readonly text: string;
  /** The members that it adds to a rule. Those that are not optional are required. */
  readonly schema: TProperties;
  /** Whether it draws random numbers from the `seed` of the rule. */
  readonly usesSeed?: true;
  /** Whether it asks `rule.bytes`, which count from the arming of the rule. */
  readonly countsBytes?: true;
  /** Values of optional members that are not given. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Errors that the schema cannot find. Required members may still be missing here. */
  check?(given: object, daemon: Daemon): readonly ParameterError[];
  /** The sockets on which it can act; absent: all sockets, and calls of the session. */
  readonly sockets?: SocketKind;
  /** Whether it can act on an operation; absent: on every one. */
  fitsOperation?(op: FaultSubject['op']): boolean;
  /** Whether it can act on a socket in the state in which the call finds it; absent: always. */
  fitsNow?(socket: NonNullable<FaultSubject['socket']>): boolean;
  /**
   * Its part in a call; it decides which of several rules act. See FaultEffect in
   * src/daemon/faults/fault-rule.ts.
   */
  part(given: object): FaultEffect['part'];
  /**
   * Begins what lasts longer than a call, on a socket whose calls the rule hits. If the rule hits every call,
   * it runs as soon as the rule is armed or the socket made; and before each call that is hit.
   *
   * @param direction of the calls that the rule hits
   * @returns whether it goes on now; if not, because there is no room for it, the rule does not act on the call
   */
  begin?(socket: Socket, direction: Direction, given: object, rule: FaultRule, daemon: Daemon): boolean;
  /** Runs before the call, in the order of arming: answers in place of the call, or undefined. May wait. */
  before?(
    on: FaultedCall,
    given: object,
    rule: FaultRule,
  ): Answer<never> | undefined | Promise<Answer<never> | undefined>;
  /**
   * Runs after the call, in the opposite order, and returns the answer from now on. It also runs when
   * `before` of this rule or of a later one has answered in place of the call. The rule then counts as one
   * that has acted, unless `call.writableFaults.removeId` takes that back here. An answer made by the fault
   * is marked: a failure by `caused`, a result by `call.writableFaults.invention`.
   */
  after?(on: FaultedCall, answer: Answer<object>, given: object, rule: FaultRule): Answer<object>;
}

/** An effect with its members, as a rule keeps it. */
export const armedEffect = (effect: Effect, given: object): FaultEffect => ({
  kind: effect.kind,
  part: effect.part(given),
  members: given,
  fits: ({ op, socket }) => {
    if (!fitsOperation(effect, op)) return false;
    if (!socket) return effect.sockets === undefined;
    return (effect.sockets?.includes(socket) ?? true) && (effect.fitsNow?.(socket) ?? true);
  },
});

/** Whether an effect can act on calls of an operation. */
export const fitsOperation = ({ sockets, fitsOperation }: Effect, op: FaultSubject['op']): boolean =>
  (sockets === undefined || op.scope === 'socket') && (fitsOperation?.(op) ?? true);

/** Marks an answer as caused by a fault: the problem document then has the member `fault`. */
export const caused = (
  { writableFaults }: Call,
  invention: Invention,
  answer: Failure | Refusal,
): Answer<never> => {
  const { faultId: fault } = invention;
  writableFaults.addId(fault);
  writableFaults.invention = invention;
  return { ...answer, extra: { ...answer.extra, fault } };
};
