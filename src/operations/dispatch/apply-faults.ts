import type { Answer } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { FaultRule } from '../../daemon/faults/faults.js';
import { foundNothing, freezeOver } from '../faults/effects/freeze.js';
import { resetBefore } from '../faults/effects/reset.js';
import { effectNamed } from '../faults/effects.js';
import { type AnyOperation, canFault, functionOf } from '../operation.js';
import { type Resolved, resolveIds } from './resolve-ids.js';

/** A call that has its turn: its handler comes next, unless a fault comes between. */
export interface Turn {
  readonly op: AnyOperation;
  /** As found at the beginning; a fault that lets the call wait looks again. */
  on: Resolved;
  readonly call: Call;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Whether a fault may have to do with the call. */
export const mayBeFaulted = ({ op, on: { session, socket } }: Turn): boolean =>
  session !== undefined &&
  (session.faults.any || socket?.lostBy !== undefined || socket?.frozenBy !== undefined) &&
  canFault(op);

/** Counts a call that something has ended before any rule could act on it. */
export const countOnly = (turn: Turn, daemon: Daemon): void => {
  if (mayBeFaulted(turn))
    turn.on.session?.faults.count({ op: turn.op, socket: turn.on.socket }, daemon.clock.now());
};

/**
 * Makes a call under the faults of its session. First of all every rule counts it. Then the effects of those that
 * hit it: what they do before it, in the order of arming, until one of them answers; the call, unless one has; and
 * what they do after it, in the opposite order.
 *
 * @param handle makes the call itself
 */
export const callUnderFaults = async (
  turn: Turn,
  daemon: Daemon,
  handle: () => Answer<object> | Promise<Answer<object>>,
): Promise<Answer<object>> => {
  const { op, call } = turn;
  const { session, socket } = turn.on;
  const on = { op, call, socket, name: functionOf(op), daemon };
  if (socket?.lostBy !== undefined && !op.closes) {
    countOnly(turn, daemon);
    return resetBefore(on, socket.lostBy);
  }
  const hits = session?.faults.hitsOn(on, daemon.clock.now()) ?? [];
  const acting: FaultRule[] = [];
  let answer: Answer<object> | undefined;
  for (const rule of hits) {
    const { kind, given } = rule.spec.effect;
    call.faults.name(rule.id);
    acting.unshift(rule);
    const before = effectNamed(kind).before?.(on, given, rule);
    answer = before instanceof Promise ? ((await before) ?? noLongerThere(turn, daemon)) : before;
    if (answer) break;
  }
  const freeze = answer ? undefined : freezeOver(on, (id) => session?.faults.find(id));
  answer ??= await handle();
  if (freeze) answer = foundNothing(on, freeze, answer);
  for (const rule of acting) {
    const { kind, given } = rule.spec.effect;
    answer = effectNamed(kind).after?.(on, answer, given, rule) ?? answer;
  }
  // Where something ended the call before these rules, they have not acted.
  for (const rule of hits) if (!call.faults.ids.includes(rule.id)) rule.hits--;
  return answer;
};

/** A call that was let wait finds its socket again; its answer, where that has gone meanwhile. */
const noLongerThere = (turn: Turn, daemon: Daemon): Answer<never> | undefined => {
  const { error } = resolveIds(daemon, turn.op, turn.call.owner, turn.params);
  if (error) turn.on = { ...turn.on, error };
  return error;
};
