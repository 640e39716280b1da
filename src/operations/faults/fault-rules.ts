import type { Static } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import {
  directionOf,
  type FaultRule,
  type FaultSpec,
  type FaultTrigger,
} from '../../daemon/faults/fault-rule.js';
import type { Direction } from '../../daemon/faults/passed-bytes.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { effectNamed } from './effects.js';
import type { FaultInfoSchema, GivenFault } from './fault-schemas.js';
import { faultableNamed } from './faultable.js';

/**
 * The refusal if the session has no room for so many more rules.
 *
 * @param inPlaceOf the ids of rules that they replace
 */
export const overFaultQuota = (
  daemon: Daemon,
  session: Session,
  more: number,
  inPlaceOf: readonly string[] = [],
): Answer<never> | undefined =>
  session.faults.hasRoomFor(more, daemon.clock.now(), inPlaceOf)
    ? undefined
    : refuse('quota', 'The session has as many faults as it can have; remove some.');

/** Arms a rule: what it counts and what it does to sockets at once begins. */
export const armRule = (daemon: Daemon, session: Session, spec: FaultSpec): FaultRule => {
  const rule = session.faults.arm(spec, daemon.clock.now());
  const sockets = daemon.sockets.of(session);
  if (spec.trigger.kind === 'afterBytes' || effectNamed(spec.effect.kind).countsBytes) {
    countBytes(daemon, session, rule, sockets);
  }
  for (const socket of sockets) beginRule(daemon, socket, rule);
  return rule;
};

/** What counting the bytes of one socket takes. */
const COUNT_BYTES = 64;

/** The rule counts what its sockets move from now on. */
const countBytes = (daemon: Daemon, session: Session, rule: FaultRule, sockets: readonly Socket[]): void => {
  const counted = sockets.filter(
    (socket) => rule.isFor(socket) && socket.passed.send + socket.passed.recv > 0,
  );
  if (counted.length === 0) return;
  for (const { passed } of counted) rule.bytes.begin(passed);
  const account = daemon.bytes.of(session.owner);
  account.count(counted.length * COUNT_BYTES);
  const removed = rule.removed.subscribe(() => {
    removed.stop();
    account.release(counted.length * COUNT_BYTES);
  });
};

/** Begins what the rules of its session do at once to a socket that is new, or that a relay has joined. */
export const beginRules = (daemon: Daemon, socket: Socket): void => {
  for (const rule of socket.session.faults.rules) beginRule(daemon, socket, rule);
};

const beginRule = (daemon: Daemon, socket: Socket, rule: FaultRule): void => {
  const { operation, trigger, times, effect: armed } = rule.spec;
  const { begin, sockets } = effectNamed(armed.kind);
  if (!begin || trigger.kind !== 'each' || times !== undefined || rule.isSpent(daemon.clock.now())) return;
  if (!rule.isFor(socket) || sockets?.includes(socket) === false) return;
  const op = operation === undefined ? undefined : faultableNamed(operation);
  for (const direction of op ? [directionOf(op)] : DIRECTIONS) {
    if (direction) begin(socket, direction, armed.members, rule, daemon);
  }
};

const DIRECTIONS: readonly Direction[] = ['send', 'recv'];

/** Arms rules, until the answer turns out undelivered; returns their ids as a result has them. */
export const armRules = (
  daemon: Daemon,
  session: Session,
  specs: readonly FaultSpec[],
  call: Call,
): { faultIds?: string[] } => {
  if (specs.length === 0) return {};
  const faultIds = specs.map((spec) => armRule(daemon, session, spec).id);
  call.onUndelivered(() => {
    for (const id of faultIds) session.faults.remove(id);
  });
  return { faultIds };
};

/**
 * The answer of a removal was not delivered: arms the rule again, unless its socket has closed, or its relay
 * has ended or has other rules.
 */
export const restoreRule = (daemon: Daemon, session: Session, rule: FaultRule): void => {
  const { socketId, relay } = rule.spec;
  if (relay && !daemon.relays.find(session, relay.relayId)?.hasRule(rule)) return;
  if (socketId !== undefined && daemon.sockets.find(socketId)?.session !== session) return;
  session.faults.restore(rule);
  for (const socket of daemon.sockets.of(session)) beginRule(daemon, socket, rule);
};

export const noSuchFault = refuse('not-found', 'The session has no fault with this id.');

/** A rule as armFault, getFault, listFaults and removeFault show it. */
export const faultInfo = (
  daemon: Daemon,
  session: Session,
  rule: FaultRule,
): Static<typeof FaultInfoSchema> => {
  const { operation, socketId, relay, trigger, effect, times, expiresMs } = rule.spec;
  return {
    faultId: rule.id,
    sessionId: session.id,
    ...(socketId !== undefined && { socketId }),
    ...relay,
    ...(operation !== undefined && { operation }),
    ...shownTrigger(trigger),
    effect: effect.kind,
    ...effect.members,
    ...(times !== undefined && { times }),
    ...(expiresMs !== undefined && { expiresMs }),
    calls: rule.calls,
    hits: rule.hits,
    spent: rule.isSpent(daemon.clock.now()),
  };
};

const shownTrigger = (trigger: FaultTrigger): Partial<GivenFault> => {
  const { kind: _kind, ...members } = trigger;
  return members;
};
