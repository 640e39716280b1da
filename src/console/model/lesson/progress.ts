/** How far a pupil has come in a lesson: plain data, changed only by the functions here. */
import type { Lesson, LessonProvider, Results } from '../lesson.js';
import { SESSION } from '../lesson.js';
import type { BatchStepResult, Problem } from '../types.js';

/** What the call of a step has come to. */
export interface StepOutcome {
  /** The index of the step. */
  readonly step: number;
  readonly outcome: BatchStepResult['outcome'];
  readonly result?: Readonly<Record<string, unknown>>;
  readonly problem?: Problem;
  /** The pointers into the result whose values are others than the lesson expects. */
  readonly unmet?: readonly string[];
}

/** A run of a lesson. */
export interface Progress {
  readonly lessonId: string;
  readonly provider: LessonProvider;
  readonly sessionId: string;
  /** The index of the step that is next; the number of steps when all are done. */
  readonly at: number;
  readonly results: Results;
  /** One for each step whose call was made: that of the last time. */
  readonly outcomes: readonly StepOutcome[];
  /** The choices that the pupil has made, by the index of the step. */
  readonly answers: Readonly<Record<string, number>>;
  /** When the pupil ended it. ISO 8601 in UTC. */
  readonly endedAt?: string;
}

/** A run that has just begun. */
export const begun = (lesson: Lesson, provider: LessonProvider, sessionId: string): Progress => ({
  lessonId: lesson.id,
  provider,
  sessionId,
  at: 0,
  results: { [SESSION]: { sessionId } },
  outcomes: [],
  answers: {},
});

/** The call of a step was made, perhaps once more. */
export const withOutcome = (progress: Progress, lesson: Lesson, made: StepOutcome): Progress => {
  const id = lesson.steps[made.step]?.call?.id;
  const { results, outcomes } = progress;
  return {
    ...progress,
    results: id !== undefined && made.result ? { ...results, [id]: made.result } : results,
    outcomes: [...outcomes.filter(({ step }) => step !== made.step), made],
  };
};

/** The question of a step was answered. The first answer counts. */
export const withAnswer = (progress: Progress, step: number, choice: number): Progress =>
  answerTo(progress, step) === undefined
    ? { ...progress, answers: { ...progress.answers, [step]: choice } }
    : progress;

/** The step that is next was left behind. */
export const goneOn = (progress: Progress, lesson: Lesson): Progress => ({
  ...progress,
  at: Math.min(progress.at + 1, lesson.steps.length),
});

/** The run has ended. @param now ISO 8601 */
export const ended = (progress: Progress, now: string): Progress => ({ ...progress, endedAt: now });

/** What the call of a step has come to; undefined before it was made. */
export const outcomeOf = ({ outcomes }: Progress, step: number): StepOutcome | undefined =>
  outcomes.find((one) => one.step === step);

/** The choice of the pupil; undefined before there is one. */
export const answerTo = ({ answers }: Progress, step: number): number | undefined =>
  Object.hasOwn(answers, step) ? answers[step] : undefined;

/** Whether the call has ended as the lesson says. */
export const isAsExpected = ({ outcome }: StepOutcome): boolean => outcome === 'ok' || outcome === 'expected';

/** The names of the session and of the lesson's sockets, by their ids. */
export const namesOf = ({ sessionId, outcomes }: Progress, lesson: Lesson): ReadonlyMap<string, string> => {
  const names = new Map([[sessionId, SESSION]]);
  for (const { step, result } of outcomes) {
    const { as, call } = lesson.steps[step] ?? {};
    const socketId = result?.socketId;
    if (typeof socketId !== 'string' || names.has(socketId)) continue;
    const name = as ?? call?.id;
    if (name !== undefined) names.set(socketId, name);
  }
  return names;
};

/** How far a run is, in words. */
export const progressText = ({ at, endedAt }: Progress, { steps }: Lesson): string => {
  if (at >= steps.length) return 'done';
  const place = `step ${at + 1} of ${steps.length}`;
  return endedAt === undefined ? place : `ended at ${place}`;
};
