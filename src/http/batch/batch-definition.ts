import Type, { type Static } from 'typebox';
import type { Chapter, DescribedOperation } from '../../operations/operation.js';
import { component, count, int32, names, parameters } from '../../operations/schemas/schemas.js';

/** The most steps of a batch. */
export const MOST_STEPS = 1000;

/** The most runs of all its steps together. */
export const MOST_RUNS = 10_000;

/** The most references and expectations of all its steps together. */
export const MOST_POINTERS = 10_000;

/** The most characters of the results in its answer. */
export const MOST_RESULTS = 8 * 1024 * 1024;

/** `timeoutMs` is at most so many times the longest wait of one call. */
export const MOST_WAITS = 10;

/** Parameters, results and expectations: their members depend on the operation. */
const members = Type.Object(
  {},
  { $id: 'BatchMembers', description: 'Any members.', additionalProperties: true },
);

const stepId = Type.String({ description: 'For references.', pattern: '^[A-Za-z0-9_-]{1,64}$' });

const BatchStep = component(
  'BatchStep',
  [
    'A call. In `params` `{"$result": "/id/member"}` stands for a value of an earlier result; `expect` has',
    'the values that must be at JSON pointers into its own.',
  ].join('\n'),
  {
    id: Type.Optional(stepId),
    operation: Type.String({ maxLength: 64 }),
    params: Type.Optional(members),
    expectError: Type.Optional(
      Type.String({ description: 'The name of the problem that it must end with.', maxLength: 64 }),
    ),
    expect: Type.Optional(members),
    repeat: Type.Optional(int32('How often it runs; a failure ends it.', 1, MOST_RUNS)),
  },
);

export const BatchRequest = parameters('BatchRequest', {
  steps: Type.Array(BatchStep, { minItems: 1, maxItems: MOST_STEPS }),
  onError: Type.Optional(
    names('OnError', ['stop', 'continue', 'cleanup'], 'What a failure does; `stop` without it.'),
  ),
  timeoutMs: Type.Optional(
    int32(
      'Most milliseconds of the whole; limits.waitSeconds without it, ten times that at most.',
      1,
      0x7fffffff,
    ),
  ),
  notBefore: Type.Optional(
    Type.String({ maxLength: 64, description: 'No call begins before, as with `Winsockd-Not-Before`.' }),
  ),
});

const milliseconds = (description: string) =>
  Type.Optional(Type.Number({ format: 'double', minimum: 0, description }));

const BatchStepResult = component('BatchStepResult', 'The outcome of a step.', {
  id: Type.Optional(Type.String()),
  outcome: names(
    'StepOutcome',
    ['ok', 'expected', 'failed', 'skipped', 'cancelled'],
    '`expected`: failed as `expectError` says.',
  ),
  runs: count('How often it ran; 0 if a reference had no value.'),
  startedMs: milliseconds('When it began, since the batch did.'),
  durationMs: milliseconds('How long it took.'),
  result: Type.Optional(members),
  resultOmitted: Type.Optional(Type.Boolean({ description: 'All results together were too long.' })),
  unmet: Type.Optional(Type.Array(Type.String(), { description: 'Pointers of `expect` that did not hold.' })),
  problem: Type.Optional(Type.Unsafe<object>({ $ref: 'Problem#' })),
});

const BatchResult = component('BatchResult', 'The outcome of the batch.', {
  outcome: names('OverallOutcome', ['completed', 'failed', 'cancelled'], '`failed`: some step was.'),
  steps: Type.Array(BatchStepResult, { description: 'One for each step.' }),
});

/** The answer of a step; its result is written as it is. */
export type StepAnswer = Static<typeof BatchStepResult>;

/** A batch, as the documents describe it beside the operations. */
export const BATCH: DescribedOperation = {
  name: 'batch',
  summary: 'Make calls one after another, in one request',
  description: [
    'Each step is a call, checked and refused as if it came alone. The answer is 200 whatever the steps did.',
    '`stop` skips the steps behind a failure; `cleanup` also ends what the batch made: sockets, sessions and',
    'faults, the last first.',
  ].join('\n'),
  winsock: [],
  errors: [],
  scope: 'daemon',
  params: BatchRequest,
  result: BatchResult,
  example: {
    params: {
      steps: [
        { id: 'session', operation: 'startup' },
        { operation: 'endSession', params: { sessionId: { $result: '/session/sessionId' } } },
      ],
      onError: 'cleanup',
    },
  },
  effect: 'change',
  rest: { path: '/batch' },
};

/** Its place in the documents. */
export const BATCH_CHAPTER: Chapter<DescribedOperation> = {
  name: 'batch',
  description: 'Several calls in one request.',
  operations: [BATCH],
};
