import type { Static } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import {
  invalidParameters,
  type ParameterError,
  type ParameterPath,
  refuse,
} from '../../daemon/answers/refusals.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import {
  EFFECT_OPERATIONS,
  type FaultEffect,
  type FaultMoment,
  type FaultRule,
  type FaultSpec,
  LISTENER_OPERATIONS,
  SESSION_OPERATIONS,
} from '../../daemon/faults/faults.js';
import type { SocketId } from '../../daemon/ids/ids.js';
import type { Session } from '../../daemon/sessions/session.js';
import { ok } from '../../winsock/outcome.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import type { Effect, FaultInfoSchema, GivenFault } from './fault-schemas.js';

/** The member that each effect needs; the others do not take it. */
const NEEDS: Readonly<Partial<Record<Effect, 'code' | 'delayMs' | 'bytes' | 'freezeMs'>>> = {
  fail: 'code',
  delay: 'delayMs',
  slice: 'bytes',
  freeze: 'freezeMs',
};

const MOMENTS = ['nth', 'every', 'probability'] as const;

/** The socket that a rule is for; without its id until it is open. */
export interface FaultyKind {
  readonly id?: SocketId;
  readonly isStream: boolean;
  readonly providerName: ProviderName;
}

/**
 * Reads a rule: the combinations that its flat schema cannot say.
 *
 * @param at where the rule stands, for example `['faults', 0]`; empty for the parameters themselves
 * @param on the kind of socket that it is for, where that is known
 */
export const readFault = (
  daemon: Daemon,
  given: GivenFault,
  at: ParameterPath,
  on?: FaultyKind,
): Answer<FaultSpec> => {
  const errors: ParameterError[] = [
    ...operationErrors(given, on),
    ...effectErrors(given, on),
    ...delayErrors(daemon, given),
    ...momentErrors(given),
  ];
  const effect = effectOf(given);
  if (errors.length > 0 || effect === undefined) {
    return invalidParameters(errors.map(({ path, detail }) => ({ path: [...at, ...path], detail })));
  }
  const { operation, times, expiresMs } = given;
  return ok({
    moment: momentOf(given),
    effect,
    ...(on?.id !== undefined && { socketId: on.id }),
    ...(operation !== undefined && { operation }),
    ...(times !== undefined && { times }),
    ...(expiresMs !== undefined && { expiresMs }),
  });
};

/** Reads a list of rules; the first that is wrong refuses all. */
export const readFaults = (
  daemon: Daemon,
  given: readonly GivenFault[] = [],
  on?: FaultyKind,
): Answer<readonly FaultSpec[]> => {
  const specs: FaultSpec[] = [];
  for (const [i, one] of given.entries()) {
    const read = readFault(daemon, one, ['faults', i], on);
    if (!read.ok) return read;
    specs.push(read.value);
  }
  return ok(specs);
};

/** The refusal, where the session has no room for so many more rules. */
export const overFaultQuota = (daemon: Daemon, session: Session, more: number): Answer<never> | undefined =>
  session.faults.hasRoomFor(more, daemon.clock.now())
    ? undefined
    : refuse('quota', 'The session has as many faults as it can have; remove some.');

/** Arms rules that were read, unless the answer does not arrive; gives their ids as a result carries them. */
export const armed = (
  daemon: Daemon,
  session: Session,
  specs: readonly FaultSpec[],
  call: Call,
): { faultIds?: string[] } => {
  if (specs.length === 0) return {};
  const faultIds = specs.map((spec) => session.faults.arm(spec, daemon.clock.now()).id);
  call.undelivered(() => {
    for (const id of faultIds) session.faults.remove(id);
  });
  return { faultIds };
};

export const noSuchFault = refuse('not-found', 'The session has no fault with this id.');

/** A rule as armFault, getFault, listFaults and removeFault show it. */
export const faultInfo = (
  daemon: Daemon,
  session: Session,
  rule: FaultRule,
): Static<typeof FaultInfoSchema> => {
  const { operation, socketId, moment, effect, times, expiresMs } = rule.spec;
  return {
    faultId: rule.id,
    sessionId: session.id,
    ...(socketId !== undefined && { socketId }),
    ...(operation !== undefined && { operation }),
    ...shownMoment(moment),
    ...shownEffect(effect),
    ...(times !== undefined && { times }),
    ...(expiresMs !== undefined && { expiresMs }),
    calls: rule.calls,
    hits: rule.hits,
    spent: rule.isSpent(daemon.clock.now()),
  };
};

/** What a rule with these members could never hit, or is of no use to. */
const operationErrors = ({ operation, effect }: GivenFault, on: FaultyKind | undefined): ParameterError[] => {
  if (operation === undefined) return [];
  const able = EFFECT_OPERATIONS[effect];
  const wrong = (detail: string): ParameterError[] => [{ path: ['operation'], detail }];
  if (able && !able.includes(operation)) {
    return wrong(`must be one of ${able.join(', ')} for the effect ${effect}`);
  }
  if (on && isOf(SESSION_OPERATIONS, operation)) {
    return wrong(`${operation} is a call of the session, which a fault of one socket never hits`);
  }
  if (on?.isStream === false && isOf(LISTENER_OPERATIONS, operation)) {
    return wrong(`${operation} is for stream sockets`);
  }
  return [];
};

const isOf = (operations: readonly string[], operation: string): boolean => operations.includes(operation);

/** Each repetition of a call begins the delay anew: one that outlasts the wait limit is never over. */
const delayErrors = ({ limits }: Daemon, { delayMs }: GivenFault): ParameterError[] => {
  const most = limits.waitSeconds * 1000;
  if (delayMs === undefined || delayMs < most) return [];
  const detail = `must be below ${most}, the wait limit of the daemon: the call would never be made`;
  return [{ path: ['delayMs'], detail }];
};

const effectErrors = (given: GivenFault, on: FaultyKind | undefined): ParameterError[] => {
  const errors: ParameterError[] = [];
  const { effect } = given;
  for (const member of ['code', 'delayMs', 'bytes', 'freezeMs'] as const) {
    const needed = NEEDS[effect] === member;
    if (needed && given[member] === undefined) {
      errors.push({ path: [member], detail: `is required for the effect ${effect}` });
    }
    if (!needed && given[member] !== undefined) {
      errors.push({ path: [member], detail: `does not belong to the effect ${effect}` });
    }
  }
  if (given.phase !== undefined && effect !== 'fail') {
    errors.push({ path: ['phase'], detail: `does not belong to the effect ${effect}` });
  }
  if (on && effect === 'drop' && (on.isStream || on.providerName !== 'lab')) {
    errors.push({
      path: ['effect'],
      detail:
        'drop is for datagram sockets of the lab: a stream loses nothing, and only the lab loses on purpose',
    });
  }
  if (on?.isStream === false && (effect === 'slice' || effect === 'reset')) {
    errors.push({ path: ['effect'], detail: `${effect} is for stream sockets` });
  }
  return errors;
};

const momentErrors = (given: GivenFault): ParameterError[] => {
  const [first, ...more] = MOMENTS.filter((name) => given[name] !== undefined);
  const errors: ParameterError[] = more.map((name) => ({ path: [name], detail: `excludes ${first}` }));
  if (given.seed !== undefined && given.probability === undefined) {
    errors.push({ path: ['seed'], detail: 'belongs to probability' });
  }
  return errors;
};

/** undefined where the member that the effect needs is missing. */
const effectOf = ({
  effect: kind,
  code,
  phase = 'before',
  delayMs,
  bytes,
  freezeMs,
}: GivenFault): FaultEffect | undefined => {
  switch (kind) {
    case 'fail':
      return code === undefined ? undefined : { kind, code, phase };
    case 'delay':
      return delayMs === undefined ? undefined : { kind, ms: delayMs };
    case 'slice':
      return bytes === undefined ? undefined : { kind, bytes };
    case 'freeze':
      return freezeMs === undefined ? undefined : { kind, ms: freezeMs };
    case 'reset':
    case 'drop':
      return { kind };
  }
};

const momentOf = ({ nth, every, probability, seed = 0 }: GivenFault): FaultMoment => {
  if (nth !== undefined) return { kind: 'nth', nth };
  if (every !== undefined) return { kind: 'every', every };
  return probability === undefined ? { kind: 'each' } : { kind: 'probability', probability, seed };
};

const shownMoment = (moment: FaultMoment): Partial<GivenFault> => {
  const { kind: _kind, ...members } = moment;
  return members;
};

const shownEffect = (effect: FaultEffect): GivenFault => {
  const { kind } = effect;
  switch (kind) {
    case 'fail':
      return { effect: kind, code: effect.code, phase: effect.phase };
    case 'delay':
      return { effect: kind, delayMs: effect.ms };
    case 'slice':
      return { effect: kind, bytes: effect.bytes };
    case 'freeze':
      return { effect: kind, freezeMs: effect.ms };
    case 'reset':
    case 'drop':
      return { effect: kind };
  }
};
