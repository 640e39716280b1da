import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import { type Call, endedAnswer } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import {
  EFFECT_OPERATIONS,
  type FaultEffect,
  type FaultRule,
  type Invention,
} from '../../daemon/faults/faults.js';
import { type Failure, fail, failedWith } from '../../winsock/outcome.js';
import { type AnyOperation, canFault, functionOf } from '../operation.js';
import { type Resolved, resolveIds } from './resolve-ids.js';

/** A call that has its turn: its handler comes next, unless a fault comes between. */
export interface Turn {
  readonly op: AnyOperation;
  on: Resolved;
  readonly call: Call;
  readonly params: Readonly<Record<string, unknown>>;
}

type Maybe<T> = T | Promise<T>;
type Go = () => Maybe<Answer<object>>;

/**
 * Runs the handler of a call under the faults of its session. First of all every rule counts it; then those
 * that hit it act, the earliest armed outermost.
 *
 * @param go runs the handler
 */
export const applyFaults = (turn: Turn, daemon: Daemon, go: Go): Maybe<Answer<object>> => {
  const { op, on, call } = turn;
  const { session, socket } = on;
  if (!session || (!session.faults.any && !socket?.lostBy && !socket?.frozenBy)) return go();
  if (!canFault(op)) return go();
  if (socket?.lostBy !== undefined && !op.closes) {
    counted(turn, daemon);
    const detail = `fault ${socket.lostBy} reset the connection earlier; close the socket and open a new one.`;
    return caused(
      call,
      { faultId: socket.lostBy, effect: 'reset' },
      fail('WSAECONNRESET', functionOf(op), { detail }),
    );
  }
  const hits = session.faults.hitsOn({ operation: op.name, socket }, daemon.clock.now());
  if (hits.length === 0) return frozen(turn, go);
  const answer = hits.reduceRight<Go>(
    (next, rule) => () => act(turn, daemon, rule, next),
    () => frozen(turn, go),
  )();
  if (answer instanceof Promise) return answer.finally(() => giveBackHits(call, hits));
  giveBackHits(call, hits);
  return answer;
};

/** Counts a call that a fault has ended before any rule could act on it. */
export const counted = ({ op, on: { session, socket } }: Turn, daemon: Daemon): void => {
  if (session?.faults.any && canFault(op)) {
    session.faults.count({ operation: op.name, socket }, daemon.clock.now());
  }
};

/** What ended the call came before these rules: they have not acted. */
const giveBackHits = (call: Call, hits: readonly FaultRule[]): void => {
  const acted = new Set(call.faults);
  for (const rule of hits) if (!acted.has(rule.id)) rule.hits--;
};

const act = (turn: Turn, daemon: Daemon, rule: FaultRule, next: Go): Maybe<Answer<object>> => {
  const { call, op, on } = turn;
  const { effect } = rule.spec;
  // A drop has acted once the datagram was taken.
  if (effect.kind !== 'drop') call.faults = [...call.faults, rule.id];
  switch (effect.kind) {
    case 'fail':
      return failing(turn, rule.id, effect, next);
    case 'delay':
      return paused(turn, daemon, effect.ms, rule.id, next);
    case 'slice':
      call.mostBytes = Math.min(call.mostBytes, effect.bytes);
      return next();
    case 'drop':
      call.droppedBy = rule.id;
      return next();
    case 'freeze':
      on.socket?.underlying.freezes.begin(rule, effect.ms, daemon.clock);
      return next();
    case 'reset':
      if (!on.socket) return next();
      // The call itself works on the socket too: it is not among those that the reset ends and waits for.
      on.socket.calls.leave(call);
      on.socket.underlying.reset(rule.id);
      return caused(
        call,
        { faultId: rule.id, effect: 'reset' },
        fail('WSAECONNRESET', functionOf(op), { detail: `fault ${rule.id} reset the connection.` }),
      );
  }
};

/** Answers the code asked for, in place of the call or of its result. */
const failing = (
  { op, call }: Turn,
  id: string,
  { code, phase }: Extract<FaultEffect, { kind: 'fail' }>,
  next: Go,
): Maybe<Answer<object>> => {
  const name = functionOf(op);
  if (phase === 'before') {
    const detail = `fault ${id} answered this; the call was not made.`;
    return caused(call, { faultId: id, effect: 'fail' }, fail(code, name, { detail }));
  }
  const replaced = (real: Answer<object>): Answer<object> => {
    // The daemon refused: the call was never made, and the rule has not acted.
    if (!real.ok && isRefusal(real)) {
      call.faults = call.faults.filter((faultId) => faultId !== id);
      return real;
    }
    call.giveBack();
    const detail = `fault ${id} answered this; the call was made, and its result dropped.`;
    // A delay that ended the call, or a freeze that hid what it looked for, has an answer of its own.
    const { realCode } = call.invented ?? { realCode: real.ok ? 0 : real.code };
    if (real.ok) call.dropped = real.value;
    const made = realCode === undefined ? {} : { realCode };
    return caused(call, { faultId: id, effect: 'fail', ...made }, fail(code, name, { detail }));
  };
  const real = next();
  return real instanceof Promise ? real.then(replaced) : replaced(real);
};

/**
 * Lets the call go on after that many milliseconds, unless its limits or somebody else end it before. A close
 * is not among the calls that another close ends: it may find that there is nothing left to close.
 */
const paused = async (
  turn: Turn,
  daemon: Daemon,
  ms: number,
  faultId: string,
  next: Go,
): Promise<Answer<object>> => {
  const { op, call, params } = turn;
  const { clock } = daemon;
  const wake = await call.wait((ready) => {
    const timer = clock.setTimeout(ms, ready);
    return { stop: () => timer.clear() };
  });
  const ended = wake === 'ready' ? call.ended : wake;
  if (ended !== undefined) {
    return caused(call, { faultId, effect: 'delay' }, endedAnswer(ended, functionOf(op)));
  }
  const { error } = resolveIds(daemon, op, call.owner, params);
  if (!error) return next();
  turn.on = { ...turn.on, error };
  return error;
};

/** What finds less while its socket is frozen; recvDisconnect shuts a direction all the same, so it begins no freeze. */
const HIDDEN_FROM: ReadonlySet<string> = new Set([...(EFFECT_OPERATIONS.freeze ?? []), 'recvDisconnect']);

/** While its socket is frozen, a call that reads or accepts finds nothing; the fault is named in its answer. */
const frozen = ({ op, on: { session, socket }, call }: Turn, go: Go): Maybe<Answer<object>> => {
  const rule = socket?.frozenBy;
  if (!rule || !HIDDEN_FROM.has(op.name)) return go();
  // A rule of another session, which has an id of the same socket, is nothing that this one knows.
  if (session?.faults.find(rule.id) !== rule) return go();
  named(call, rule.id);
  const explained = (answer: Answer<object>): Answer<object> => {
    if (answer.ok || socket?.frozenBy !== rule || !saysNothingCame(answer)) return answer;
    const detail = `fault ${rule.id} has frozen the socket; there is nothing to see until it ends.`;
    return caused(call, { faultId: rule.id, effect: 'freeze' }, { ...answer, detail });
  };
  const answer = go();
  return answer instanceof Promise ? answer.then(explained) : explained(answer);
};

const saysNothingCame = (answer: Answer<never>): boolean =>
  isRefusal(answer)
    ? answer.refusal === 'wait-limit'
    : failedWith(answer, 'WSAEWOULDBLOCK') || failedWith(answer, 'WSAETIMEDOUT');

/** Marks an answer as the doing of a fault: the problem document then has the member `fault`. */
const caused = <T extends Exclude<Answer<object>, { ok: true }>>(
  call: Call,
  invention: Invention,
  answer: T,
): Answer<never> => {
  const { faultId: fault } = invention;
  named(call, fault);
  call.invented = invention;
  return { ...answer, extra: { ...answer.extra, fault } };
};

/** The answer of a call, marked if a fault reset the connection of one of its sockets while it waited. */
export const faulted = (call: Call, answer: Answer<object>): Answer<object> => {
  const { resetBy } = call;
  if (call.ended !== 'reset' || resetBy === undefined) return answer;
  if (!answer.ok) return caused(call, { faultId: resetBy, effect: 'reset' }, answer);
  named(call, resetBy);
  return answer;
};

/** Says in the answer, and in the journal, that the fault had a hand in the call. */
export const named = (call: Call, faultId: string): void => {
  if (!call.faults.includes(faultId)) call.faults = [...call.faults, faultId];
};

/** The fault that caused a failure; undefined for one of the call itself. */
export const causeOf = ({ extra }: Failure): string | undefined =>
  typeof extra?.fault === 'string' ? extra.fault : undefined;
