/** Progress as a tab keeps it for a reload. */
import { type Lesson, SESSION } from '../lesson.js';
import type { Progress, StepOutcome } from './progress.js';

/** The longest text that is kept, and read again. */
export const MOST_OF_PROGRESS = 512 * 1024;

/** The text to keep; undefined if it would be too long. */
export const keptText = (progress: Progress): string | undefined => {
  const text = JSON.stringify(progress);
  return text.length <= MOST_OF_PROGRESS ? text : undefined;
};

/** Reads a text that was kept. A text that is no progress in this lesson gives undefined. */
export const progressIn = (text: string, lesson: Lesson): Progress | undefined => {
  const value = text.length <= MOST_OF_PROGRESS ? parsed(text) : undefined;
  // Each member is checked below.
  return isProgress(value, lesson) ? value : undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // What another program has put there.
    return undefined;
  }
};

const isProgress = (value: unknown, lesson: Lesson): value is Progress => {
  if (!isObject(value)) return false;
  const { lessonId, provider, sessionId, at, results, outcomes, answers, endedAt } = value;
  return (
    lessonId === lesson.id &&
    lesson.providers.some((one) => one === provider) &&
    typeof sessionId === 'string' &&
    isIndex(at, lesson.steps.length + 1) &&
    isObject(results) &&
    Object.values(results).every(isObject) &&
    isObject(results[SESSION]) &&
    results[SESSION].sessionId === sessionId &&
    Array.isArray(outcomes) &&
    outcomes.length <= lesson.steps.length &&
    outcomes.every((one: unknown) => isOutcome(one, lesson)) &&
    isObject(answers) &&
    Object.entries(answers).every(([step, choice]) => isAnswer(lesson, step, choice)) &&
    (endedAt === undefined || (typeof endedAt === 'string' && !Number.isNaN(Date.parse(endedAt))))
  );
};

const OUTCOMES: readonly unknown[] = ['ok', 'expected', 'failed', 'skipped', 'cancelled'];

const isOutcome = (value: unknown, { steps }: Lesson): value is StepOutcome => {
  if (!isObject(value)) return false;
  const { step, outcome, result, problem, unmet } = value;
  return (
    isIndex(step, steps.length) &&
    OUTCOMES.includes(outcome) &&
    (result === undefined || isObject(result)) &&
    (problem === undefined || isProblem(problem)) &&
    (unmet === undefined || (Array.isArray(unmet) && unmet.every(isText)))
  );
};

const isProblem = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.title) &&
  isText(value.detail) &&
  (value.name === undefined || isText(value.name)) &&
  (value.code === undefined || typeof value.code === 'number');

const isAnswer = ({ steps }: Lesson, step: string, choice: unknown): boolean => {
  const question = /^\d{1,3}$/.test(step) ? steps[Number(step)]?.question : undefined;
  return question !== undefined && isIndex(choice, question.choices.length);
};

const isText = (value: unknown): boolean => typeof value === 'string';

const isIndex = (value: unknown, end: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < end;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
