import { IsOptional } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalidParameters, type ParameterError, type ParameterPath } from '../../daemon/answers/refusals.js';
import type { Daemon } from '../../daemon/daemon.js';
import { directionOf, type FaultSpec, type FaultTrigger } from '../../daemon/faults/fault-rule.js';
import type { SocketId } from '../../daemon/ids/ids.js';
import { ok } from '../../winsock/outcome.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import { armedEffect, type Effect, fitsOperation } from './effect.js';
import { EFFECTS, effectNamed } from './effects.js';
import type { GivenFault } from './fault-schemas.js';
import { faultableNamed, faultableNames } from './faultable.js';

const TRIGGERS = ['nth', 'every', 'probability', 'afterBytes'] as const;

/** The socket that a rule is for; it has no id before it is open. */
export interface FaultTarget {
  readonly id?: SocketId;
  readonly isStream: boolean;
  readonly providerName: ProviderName;
}

/**
 * Reads a rule, and checks the combinations that its flat schema cannot.
 *
 * @param at the path of the rule, for example `['faults', 0]`; empty for the parameters themselves
 * @param on the kind of socket that the rule is for, if that is known
 */
export const readFault = (
  daemon: Daemon,
  given: GivenFault,
  at: ParameterPath,
  on?: FaultTarget,
): Answer<FaultSpec> => {
  const effect = effectNamed(given.effect);
  const members = membersOf(effect, given);
  const errors = [
    ...operationErrors(effect, given.operation, on),
    ...memberErrors(effect, given),
    ...kindErrors(effect, on),
    ...(effect.check?.(members, daemon) ?? []),
    ...triggerErrors(effect, given, on),
  ];
  if (errors.length > 0) {
    return invalidParameters(errors.map(({ path, detail }) => ({ path: [...at, ...path], detail })));
  }
  const { operation, times, expiresMs } = given;
  return ok({
    trigger: triggerOf(given),
    effect: armedEffect(effect, members),
    ...(on?.id !== undefined && { socketId: on.id }),
    ...(operation !== undefined && { operation }),
    ...(times !== undefined && { times }),
    ...(expiresMs !== undefined && { expiresMs }),
  });
};

/** Reads a list of rules; the first wrong one refuses the list. */
export const readFaults = (
  daemon: Daemon,
  given: readonly GivenFault[] = [],
  on?: FaultTarget,
): Answer<readonly FaultSpec[]> => {
  const specs: FaultSpec[] = [];
  for (const [i, one] of given.entries()) {
    const read = readFault(daemon, one, ['faults', i], on);
    if (!read.ok) return read;
    specs.push(read.value);
  }
  return ok(specs);
};

/** Errors of a rule that could never hit its operation, or could not act on it. */
const operationErrors = (
  effect: Effect,
  name: string | undefined,
  on: FaultTarget | undefined,
): ParameterError[] => {
  const op = name === undefined ? undefined : faultableNamed(name);
  if (!op) return [];
  const wrong = (detail: string): ParameterError[] => [{ path: ['operation'], detail }];
  if (!fitsOperation(effect, op)) {
    const able = faultableNames((one) => fitsOperation(effect, one));
    return wrong(`must be one of ${able.join(', ')} for the effect ${effect.kind}`);
  }
  if (on && op.scope === 'session') {
    return wrong(`${name} is a call of the session, which a fault of one socket never hits`);
  }
  const ofListeners = op.does === 'listens' || op.does === 'accepts';
  return on?.isStream === false && ofListeners ? wrong(`${name} is for stream sockets`) : [];
};

/** Members that the effect needs and are missing, and members of other effects. */
const memberErrors = (
  { kind, schema }: Effect,
  given: Readonly<Record<string, unknown>>,
): ParameterError[] => {
  const errors: ParameterError[] = [];
  for (const member of new Set(EFFECTS.flatMap((one) => Object.keys(one.schema)))) {
    const own = schema[member];
    const isGiven = given[member] !== undefined;
    if (own && !isGiven && !IsOptional(own)) {
      errors.push({ path: [member], detail: `is required for the effect ${kind}` });
    }
    if (!own && isGiven) errors.push({ path: [member], detail: `does not belong to the effect ${kind}` });
  }
  return errors;
};

const kindErrors = ({ kind, sockets }: Effect, on: FaultTarget | undefined): ParameterError[] =>
  on && sockets?.includes(on) === false
    ? [{ path: ['effect'], detail: `${kind} is for ${sockets.text}` }]
    : [];

const triggerErrors = (effect: Effect, given: GivenFault, on: FaultTarget | undefined): ParameterError[] => {
  const [first, ...more] = TRIGGERS.filter((name) => given[name] !== undefined);
  const errors: ParameterError[] = more.map((name) => ({ path: [name], detail: `excludes ${first}` }));
  if (given.afterBytes !== undefined) errors.push(...afterBytesErrors(effect, given, on));
  if (given.seed !== undefined && given.probability === undefined && !effect.usesSeed) {
    errors.push({ path: ['seed'], detail: 'belongs to probability and latency' });
  }
  return errors;
};

/** Errors of a rule whose calls move no bytes of a stream. */
const afterBytesErrors = (
  effect: Effect,
  { operation }: GivenFault,
  on: FaultTarget | undefined,
): ParameterError[] => {
  const wrong = (detail: string): ParameterError[] => [{ path: ['afterBytes'], detail }];
  const op = operation === undefined ? undefined : faultableNamed(operation);
  if (op && directionOf(op) === undefined) return wrong(`${operation} neither sends nor receives`);
  const canBeStream = effect.sockets?.includes({ isStream: true, providerName: 'lab' }) ?? true;
  return canBeStream && (on?.isStream ?? true) ? [] : wrong('is for stream sockets');
};

/** The members of a rule that belong to its effect. */
const membersOf = (
  { schema, defaults = {}, usesSeed }: Effect,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    [...Object.keys(schema), ...(usesSeed ? ['seed'] : [])]
      .map((member) => [member, given[member] ?? defaults[member]] as const)
      .filter(([, value]) => value !== undefined),
  );

const triggerOf = ({ nth, every, probability, afterBytes, seed = 0 }: GivenFault): FaultTrigger => {
  if (afterBytes !== undefined) return { kind: 'afterBytes', afterBytes };
  if (nth !== undefined) return { kind: 'nth', nth };
  if (every !== undefined) return { kind: 'every', every };
  return probability === undefined ? { kind: 'each' } : { kind: 'probability', probability, seed };
};
