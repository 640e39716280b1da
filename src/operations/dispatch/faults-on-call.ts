import type { Answer } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import { directionOf, type FaultRule } from '../../daemon/faults/fault-rule.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { FaultedCall } from '../faults/effect.js';
import { foundNothing, freezeOver } from '../faults/effects/freeze.js';
import { resetBefore } from '../faults/effects/reset.js';
import { effectNamed } from '../faults/effects.js';
import { beginRules } from '../faults/fault-rules.js';
import { type AnyOperation, canFault, functionOf } from '../operation.js';
import { type Resolved, resolveIds } from './resolve-ids.js';

/** A call that has its turn. Its handler runs next, unless a fault answers before it. */
export interface Turn {
  readonly op: AnyOperation;
  /**
   * Its session and socket, as found at the beginning. After a wait because of a fault only `error` may
   * differ.
   */
  on: Resolved;
  readonly call: Call;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Whether faults may affect the call. */
const mayBeFaulted = ({ op, on: { session, socket } }: Turn): boolean =>
  session !== undefined &&
  (session.faults.any || socket?.resetBy !== undefined || socket?.frozenBy !== undefined) &&
  canFault(op);

const isNear = (bytesLeft: number): boolean => bytesLeft > 0 && bytesLeft < Number.POSITIVE_INFINITY;

/** Counts a call that has ended before any rule could act on it. */
export const countOnly = (turn: Turn, daemon: Daemon): void => {
  const { session, socket } = turn.on;
  if (session && mayBeFaulted(turn)) session.faults.count({ op: turn.op, socket }, daemon.clock.now());
};

/** A call has made a socket: begins what the rules of its session do to it at once. */
export const beginOnNew = (daemon: Daemon, socketId: string): void => {
  const socket = daemon.sockets.find(socketId);
  if (socket) beginRules(daemon, socket);
};

/** The faults on a call that has its turn; undefined if none can affect it. */
export const faultsOn = (turn: Turn, daemon: Daemon): FaultsOnCall | undefined => {
  const { session } = turn.on;
  return session && mayBeFaulted(turn) ? new FaultsOnCall(turn, session, daemon) : undefined;
};

/**
 * The faults of a session on one of its calls. `before` runs before the call and may answer in its place;
 * `after` runs on its answer.
 */
class FaultsOnCall {
  readonly #turn: Turn;
  readonly #on: FaultedCall;
  readonly #session: Session;
  /** The fault that has reset the connection before. */
  readonly #resetBy: string | undefined;
  /** The rules that hit the call, in the order of arming. */
  readonly #hits: readonly FaultRule[];
  /** The rules whose `before` has run, in the opposite order. */
  readonly #acting: FaultRule[] = [];
  /** The rules that hit the calls of this direction once more bytes have passed. */
  readonly #nearing: readonly FaultRule[];
  /** The rule whose freeze hides arrivals from the call. */
  #freeze: FaultRule | undefined;

  constructor(turn: Turn, session: Session, daemon: Daemon) {
    const { op, call, on } = turn;
    const { socket } = on;
    this.#turn = turn;
    this.#on = { op, call, socket, name: functionOf(op), daemon };
    this.#session = session;
    this.#resetBy = op.closes ? undefined : socket?.resetBy;
    // A call whose connection is reset already is counted, and no rule hits it.
    if (this.#resetBy !== undefined) countOnly(turn, daemon);
    const now = daemon.clock.now();
    const nearing = session.faults.rules.filter((rule) => isNear(rule.bytesLeft({ op, socket }, now)));
    this.#nearing = this.#resetBy === undefined ? nearing : [];
    this.#hits = this.#resetBy === undefined ? session.faults.takeHits({ op, socket }, now) : [];
  }

  /**
   * Runs the rules in the order of arming, until one answers in place of the call. Waits only if a rule
   * waits.
   */
  before(): Answer<never> | undefined | Promise<Answer<never> | undefined> {
    if (this.#resetBy !== undefined) return resetBefore(this.#on, this.#resetBy);
    for (const rule of this.#nearing) {
      const { writableFaults: faults } = this.#on.call;
      faults.mostBytes = Math.min(faults.mostBytes, this.#bytesLeft(rule));
    }
    const { op, socket, daemon } = this.#on;
    const direction = directionOf(op);
    for (const rule of this.#hits.slice(this.#acting.length)) {
      const { kind, members } = rule.spec.effect;
      this.#acting.unshift(rule);
      const effect = effectNamed(kind);
      // There is no room for what it begins.
      if (socket && direction && effect.begin?.(socket, direction, members, rule, daemon) === false) continue;
      this.#on.call.writableFaults.addId(rule.id);
      const answer = effect.before?.(this.#on, members, rule);
      if (answer instanceof Promise)
        return answer.then((late) => late ?? this.#goneMeanwhile() ?? this.before());
      if (answer) return answer;
    }
    this.#freeze = freezeOver(this.#on, (id) => this.#session.faults.find(id));
    return undefined;
  }

  /** Runs the same rules on the answer, in the opposite order; returns the answer from now on. */
  after(made: Answer<object>): Answer<object> {
    let answer = this.#freeze ? foundNothing(this.#on, this.#freeze, made) : made;
    // The call that brought the last byte may have been cut short.
    for (const rule of this.#nearing) {
      if (this.#bytesLeft(rule) === 0) this.#on.call.writableFaults.addId(rule.id);
    }
    for (const rule of this.#acting) {
      const { kind, members } = rule.spec.effect;
      answer = effectNamed(kind).after?.(this.#on, answer, members, rule) ?? answer;
    }
    return answer;
  }

  #bytesLeft(rule: FaultRule): number {
    return rule.bytesLeft(this.#on, this.#on.daemon.clock.now());
  }

  /** Called at the end: takes back the hits of rules that have not acted because the call ended before. */
  giveBackHits(): void {
    for (const rule of this.#hits) if (!this.#on.call.faults.ids.includes(rule.id)) rule.hits--;
  }

  /** Looks up the ids again after a wait; the failure if the socket is gone. */
  #goneMeanwhile(): Answer<never> | undefined {
    const { op, call, params, on } = this.#turn;
    const { error } = resolveIds(this.#on.daemon, op, call.owner, params);
    if (error) this.#turn.on = { ...on, error };
    return error;
  }
}
