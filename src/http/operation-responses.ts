import { REFUSALS, type RefusalName } from '../daemon/refusals.js';
import { type AnyOperation, statedErrors } from '../operations/operation.js';
import { canBeProblem, WSA_ERRORS, type WsaName } from '../winsock/errors.js';
import { fail } from '../winsock/outcome.js';
import { type ProblemDocument, problemOf, statusesOf } from './problem.js';
import { componentRef } from './schema-components.js';
import type { JsonSchema } from './schemas.js';

/** One code or refusal that an operation can answer with a status. */
interface Cause {
  readonly name: string;
  readonly why: string;
  readonly example: ProblemDocument;
}

/** The problem responses of an operation, by status, with the codes that can come and an example of each. */
export const problemResponsesOf = (op: AnyOperation): Record<string, JsonSchema> => {
  const responses: Record<string, JsonSchema> = {};
  for (const [status, causes] of [...causesOf(op)].sort(([a], [b]) => a - b)) {
    responses[status] = {
      description: causes.map(({ name, why }) => `\`${name}\`: ${why}.`).join('\n\n'),
      content: {
        'application/problem+json': {
          schema: componentRef('Problem'),
          examples: Object.fromEntries(causes.map(({ name, example }) => [name, { value: example }])),
        },
      },
    };
  }
  responses.default = {
    description: 'Any other problem.',
    content: { 'application/problem+json': { schema: componentRef('Problem') } },
  };
  return responses;
};

const causesOf = (op: AnyOperation): ReadonlyMap<number, Cause[]> => {
  const causes = new Map<number, Cause[]>();
  const add = (status: number, cause: Cause): void => {
    causes.set(status, [...(causes.get(status) ?? []), cause]);
  };
  for (const name of statedErrors(op)) {
    if (!canBeProblem(name)) continue;
    for (const status of statusesOf(name)) add(status, wsaCause(op, name, status));
  }
  for (const name of refusalsOf(op)) add(REFUSALS[name].httpStatus, refusalCause(op, name));
  return causes;
};

/** What the daemon itself can refuse for this operation. */
const refusalsOf = (op: AnyOperation): readonly RefusalName[] => [
  ...(['validation', 'unauthorized', 'origin-denied', 'misdirected', 'internal', 'draining'] as const),
  ...(op.scope === 'session'
    ? (['not-found', 'session-ended', 'lease-expired', 'earlier-run'] as const)
    : []),
  ...(op.destination === undefined ? [] : (['destination-denied'] as const)),
  ...(op.created === undefined ? [] : (['quota'] as const)),
  ...(op.blocking === undefined ? [] : (['wait-limit'] as const)),
  ...(op.rest?.method === 'GET' || op.rest?.method === 'DELETE'
    ? []
    : (['malformed-json', 'too-large', 'unsupported-media-type'] as const)),
];

const exampleContext = (op: AnyOperation) => ({
  requestId: 'req-1f',
  operation: op,
  ...(op.scope === 'daemon' ? {} : { sessionId: 'ses_mf3k2p1c_5w6gk7mzq2nxv4t3yh8rj0abcd' }),
  ...(op.scope === 'socket' ? { socketId: 'sck_mf3k2p1c_0c9d8e7f6g5h4j3k2m1n0pqrst' } : {}),
});

const wsaCause = (op: AnyOperation, name: WsaName, status: number): Cause => {
  const extra = status === 410 ? { extra: { reason: 'closed' } } : {};
  const failure = fail(name, op.winsock[0] ?? op.name, extra);
  return {
    name,
    why: op.alsoSeen?.[name] ?? WSA_ERRORS[name].meaning,
    example: problemOf(failure, exampleContext(op)).document,
  };
};

const refusalCause = (op: AnyOperation, name: RefusalName): Cause => {
  const { meaning } = REFUSALS[name];
  const [parameter = 'unknown'] = Object.keys(op.params.properties);
  const errors = [{ pointer: `/${parameter}`, detail: 'is not valid' }];
  const refusal = {
    ok: false,
    refusal: name,
    detail: `${meaning}.`,
    ...(name === 'validation' && { errors }),
  } as const;
  return { name, why: meaning, example: problemOf(refusal, exampleContext(op)).document };
};
