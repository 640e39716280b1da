import { isDeepStrictEqual } from 'node:util';
import type { RefusalName } from '../../daemon/answers/refusals.js';
import { COMMON_ERRORS, type DescribedOperation, statedErrors } from '../../operations/operation.js';
import { canBeProblem, WSA_ERRORS, type WsaName } from '../../winsock/errors.js';
import { statusesOfCode, statusOfRefusal } from './statuses.js';

/** One way in which a call can fail, with its HTTP status. */
export interface Cause {
  /** The name of a Windows Sockets code, or of a refusal of the daemon. */
  readonly name: WsaName | RefusalName;
  readonly status: number;
  /** The number of a Windows Sockets code. */
  readonly code?: number;
  /** When it occurs, if the operation states more than the meaning of the name. */
  readonly why?: string;
}

const refused = (name: RefusalName): Cause => ({ name, status: statusOfRefusal(name) });

/** The refusals that any request can get. */
export const COMMON_CAUSES: readonly Cause[] = (
  [
    'bad-request',
    'bad-host',
    'malformed-json',
    'validation',
    'unauthorized',
    'origin-denied',
    'not-found',
    'method-not-allowed',
    'request-timeout',
    'key-under-way',
    'too-large',
    'uri-too-long',
    'unsupported-media-type',
    'expectation-failed',
    'misdirected',
    'key-reused',
    'quota',
    'header-too-large',
    'internal',
    'wsa-unknown',
    'not-implemented',
    'draining',
    'overloaded',
    'http-version',
  ] as const
).map(refused);

/** Every way in which a call of the operation can fail, except codes that armed faults answer. */
export const causesOf = (op: DescribedOperation): readonly Cause[] => [...ownCausesOf(op), ...COMMON_CAUSES];

/** The causes of an operation without those of any request, ordered by status. */
export const ownCausesOf = (op: DescribedOperation): readonly Cause[] =>
  [...codesOf(op), ...refusalsOf(op).filter(isOwn).map(refused)].sort(byStatus);

const byStatus = (a: Cause, b: Cause): number => a.status - b.status;

const isOwn = (refusal: RefusalName): boolean => COMMON_CAUSES.every(({ name }) => name !== refusal);

const codesOf = (op: DescribedOperation): readonly Cause[] =>
  [...statedErrors(op)].filter(canBeProblem).flatMap((name) => causesOfCode(name, op.alsoSeen?.[name]));

const causesOfCode = (name: WsaName, why?: string): readonly Cause[] => {
  const { code } = WSA_ERRORS[name];
  return statusesOf(name).map((status) => ({ name, status, code, ...(why !== undefined && { why }) }));
};

/** With 500 for the bug that an id is alive, and the provider does not know its handle. */
const statusesOf = (name: WsaName): readonly number[] =>
  name === 'WSAENOTSOCK' ? [...statusesOfCode(name), 500] : statusesOfCode(name);

const refusalsOf = (op: DescribedOperation): readonly RefusalName[] => [
  ...(op.scope === 'session' || 'sessionId' in op.params.properties ? ENDED_SESSION : []),
  ...(op.destination === undefined ? [] : (['destination-denied'] as const)),
  ...(op.lane === undefined ? [] : (['in-use'] as const)),
  ...(op.refusals ?? []),
  ...(op.blocking === undefined ? [] : (['wait-limit'] as const)),
];

const ENDED_SESSION = ['session-ended', 'lease-expired', 'earlier-run'] as const;

/** The causes of every call with an id in its path, by the name of the id. */
export const CAUSES_OF_ID: Readonly<Record<'sessionId' | 'socketId', readonly Cause[]>> = {
  sessionId: [
    ...COMMON_ERRORS.session.flatMap((name) => causesOfCode(name)),
    ...ENDED_SESSION.map(refused),
  ].sort(byStatus),
  socketId: COMMON_ERRORS.socket.flatMap((name) => causesOfCode(name)).sort(byStatus),
};

/** The causes of an operation without those of every call with these ids, and of any request. */
export const causesBesideIds = (op: DescribedOperation, ids: readonly string[]): readonly Cause[] => {
  const ofIds = Object.entries(CAUSES_OF_ID).flatMap(([id, causes]) => (ids.includes(id) ? causes : []));
  return ownCausesOf(op).filter((cause) => !ofIds.some((one) => isDeepStrictEqual(one, cause)));
};
