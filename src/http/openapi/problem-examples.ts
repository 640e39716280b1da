import {
  invalid,
  REFUSALS,
  REUSE_DENIED,
  type Refusal,
  type RefusalName,
  refuse,
} from '../../daemon/answers/refusals.js';
import { type AnyOperation, functionOf } from '../../operations/operation.js';
import { SESSION_ID, SOCKET_ID } from '../../operations/schemas/examples.js';
import type { WsaName } from '../../winsock/errors.js';
import { type Failure, fail } from '../../winsock/outcome.js';
import { wrongType } from '../gates/content-type-gate.js';
import { DRAINING } from '../gates/draining-gate.js';
import { MISDIRECTED } from '../gates/host-gate.js';
import { NOT_UTF8 } from '../gates/json-body.js';
import { FOREIGN_ORIGIN } from '../gates/origin-gate.js';
import { tooLarge } from '../gates/read-body.js';
import { NO_TOKEN } from '../gates/token-gate.js';
import { bugProblem, type ProblemContext, type ProblemDocument, problemOf } from '../problems/problem.js';

const REQUEST_ID = 'req-1f';

/** What is refused before the request is known to be a call of an operation: the very refusals of the edge. */
const EARLY: Readonly<Partial<Record<RefusalName, Refusal>>> = {
  unauthorized: NO_TOKEN,
  'origin-denied': FOREIGN_ORIGIN,
  misdirected: MISDIRECTED,
  draining: DRAINING,
  'malformed-json': refuse('malformed-json', NOT_UTF8),
  'too-large': tooLarge(65_536),
  'unsupported-media-type': wrongType('application/json'),
};

/** What is said of an id that names no session. */
const OF_SESSION: Readonly<Partial<Record<RefusalName, string>>> = {
  'not-found': 'There is no session with this id.',
  'session-ended': 'The session was ended; begin a new one.',
  'lease-expired': 'The session was not used for the length of its lease; begin a new one.',
  'earlier-run': 'The session belongs to an earlier run of this daemon; begin a new one.',
};

/** The document that a client gets when an operation is refused so. */
export const refusalExample = (op: AnyOperation, name: RefusalName): ProblemDocument => {
  if (name === 'internal') return bugProblem({ requestId: REQUEST_ID }).document;
  const early = EARLY[name];
  if (early !== undefined) return problemOf(early, { requestId: REQUEST_ID }).document;
  const ofSession = OF_SESSION[name];
  if (ofSession !== undefined) {
    const context = { requestId: REQUEST_ID, operation: op, sessionId: SESSION_ID };
    return problemOf(refuse(name, ofSession), context).document;
  }
  return problemOf(lateRefusal(op, name), contextOf(op, name)).document;
};

/** What the daemon refuses once it knows session and socket. */
const lateRefusal = (op: AnyOperation, name: RefusalName): Refusal => {
  switch (name) {
    case 'validation':
      return invalid(['unknown'], 'is not a parameter of this operation');
    case 'quota':
      return refuse(
        name,
        op.scope === 'daemon'
          ? 'The owner has as many sessions as limits.sessionsPerOwner allows; end some.'
          : 'The owner has as many sockets as limits.socketsPerOwner allows; close some.',
      );
    case 'destination-denied': {
      const kind = op.does === 'binds' ? 'bind' : 'connect';
      return refuse(name, `policy.${kind}.allow has no entry for this address and port.`);
    }
    case 'option-denied':
      return REUSE_DENIED;
    case 'wait-limit':
      return refuse(
        name,
        `${functionOf(op)} was still waiting when the daemon's limit came; repeat the call to go on waiting.`,
      );
    default:
      return refuse(name, `${REFUSALS[name].meaning}.`);
  }
};

/** The document that a client gets when an operation fails with that code, in that status. */
export const failureExample = (op: AnyOperation, name: WsaName, status: number): ProblemDocument =>
  problemOf(failureOf(op, name, status), contextOf(op, name, status)).document;

const failureOf = (op: AnyOperation, name: WsaName, status: number): Failure => {
  const own = op.example?.failures?.[name];
  if (own) return own;
  const call = functionOf(op);
  if (name === 'WSAENOTSOCK') {
    return status === 410
      ? fail(name, call, { extra: { reason: 'closed' }, detail: 'the socket is gone (closed).' })
      : fail(name, call, { detail: 'there is no socket with this id.' });
  }
  if (name === 'WSAEFAULT' && takesBytes(op)) {
    return fail(name, call, { extra: { limit: 5 }, detail: 'len is 6, but only 5 bytes were given.' });
  }
  return fail(name, call);
};

const takesBytes = (op: AnyOperation): boolean =>
  ['data', 'disconnectData', 'callerData', 'calleeData'].some((name) => name in op.params.properties);

const contextOf = (op: AnyOperation, name: WsaName | RefusalName, status?: number): ProblemContext => {
  const context = { requestId: REQUEST_ID, operation: op };
  if (op.scope === 'daemon') return context;
  if (op.scope === 'session') return { ...context, sessionId: SESSION_ID };
  if (name === 'WSAENOTSOCK') {
    return { ...context, socketId: SOCKET_ID, ...(status === 410 && { sessionId: SESSION_ID }) };
  }
  return {
    ...context,
    sessionId: SESSION_ID,
    socketId: SOCKET_ID,
    provider: name === 'WSAEFAULT' && op.example?.labData ? 'lab' : 'ws2_32',
    state: STATE_AFTER[name] ?? op.example?.state ?? 'connected',
  };
};

const STATE_AFTER: Readonly<Partial<Record<string, string>>> = {
  WSAENOTCONN: 'bound',
  WSAECONNREFUSED: 'bound',
  WSAEALREADY: 'connecting',
  WSAECONNRESET: 'reset',
  WSAECONNABORTED: 'reset',
};
