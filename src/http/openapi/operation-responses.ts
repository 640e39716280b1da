import { REFUSALS, type RefusalName } from '../../daemon/answers/refusals.js';
import { type AnyOperation, statedErrors } from '../../operations/operation.js';
import { canBeProblem, WSA_ERRORS } from '../../winsock/errors.js';
import type { ProblemDocument } from '../problems/problem.js';
import { statusesOfCode, statusOfRefusal } from '../problems/statuses.js';
import type { JsonSchema } from '../schemas.js';
import { failureExample, refusalExample } from './problem-examples.js';
import { componentRef } from './schema-components.js';

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
    const why = op.alsoSeen?.[name] ?? WSA_ERRORS[name].meaning;
    for (const status of statusesOfCode(name)) {
      add(status, { name, why, example: failureExample(op, name, status) });
    }
  }
  for (const name of refusalsOf(op)) {
    const why = REFUSALS[name].meaning;
    add(statusOfRefusal(name), { name, why, example: refusalExample(op, name) });
  }
  return causes;
};

/** What any request can be refused for, whatever it asks. */
const OF_ANY: readonly RefusalName[] = [
  ...([
    'validation',
    'unauthorized',
    'origin-denied',
    'misdirected',
    'internal',
    'draining',
    'quota',
  ] as const),
  ...(['bad-request', 'bad-host', 'uri-too-long', 'header-too-large', 'request-timeout'] as const),
  ...(['expectation-failed', 'not-implemented', 'http-version'] as const),
];

/** What the daemon itself can refuse for this operation. */
const refusalsOf = (op: AnyOperation): readonly RefusalName[] => [
  ...OF_ANY,
  ...(op.scope === 'session' || 'sessionId' in op.params.properties
    ? (['not-found', 'session-ended', 'lease-expired', 'earlier-run'] as const)
    : []),
  ...(op.destination === undefined ? [] : (['destination-denied'] as const)),
  ...(op.refusals ?? []),
  ...(op.blocking === undefined ? [] : (['wait-limit'] as const)),
  ...(op.rest?.method === 'GET' || op.rest?.method === 'DELETE'
    ? []
    : (['malformed-json', 'too-large', 'unsupported-media-type'] as const)),
];
