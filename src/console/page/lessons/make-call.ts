import type { Progress, StepOutcome } from '../../model/lesson/progress.js';
import { type Lesson, MissingResult, stepCall } from '../../model/lesson.js';
import type { BatchResult, BatchStep, Problem } from '../../model/types.js';
import type { DaemonLink } from '../connection/daemon-link.js';

/**
 * Makes the call of the step that is next, as a batch of one: the daemon judges whether it ends as the lesson
 * says. It is shown as the last call of the page.
 *
 * @param provider the name of the provider of the run
 */
export const makeCall = async (
  link: DaemonLink,
  lesson: Lesson,
  { at, results }: Progress,
  provider: string | undefined,
): Promise<StepOutcome> => {
  const given = lesson.steps[at]?.call;
  if (!given) throw new Error('The step has no call.');
  const step = withoutReferences(given, results, provider);
  if (step instanceof MissingResult) return { step: at, outcome: 'failed', problem: missing(step) };
  const call = { operation: step.operation, params: step.params ?? {} };
  link.lastCall.value = { call };
  const made = await batchOfOne(link, step);
  if (link.lastCall.value?.call === call) {
    const outcome = made.problem
      ? { ok: false as const, problem: made.problem }
      : { ok: true as const, result: made.result ?? {} };
    link.lastCall.value = { call, outcome };
  }
  return { ...made, step: at };
};

const withoutReferences = (
  step: BatchStep,
  results: Progress['results'],
  provider: string | undefined,
): BatchStep | MissingResult => {
  try {
    return stepCall(step, results, provider);
  } catch (error) {
    if (error instanceof MissingResult) return error;
    throw error;
  }
};

const batchOfOne = async (link: DaemonLink, step: BatchStep): Promise<Omit<StepOutcome, 'step'>> => {
  const answer = await link.ask('batch', { steps: [step] });
  if (!answer.ok) return { outcome: 'failed', problem: answer.problem };
  // The result of the method `batch` in the daemon's document.
  const [made] = (answer.result as unknown as BatchResult).steps;
  if (!made) return { outcome: 'cancelled' };
  const { outcome, result, problem, unmet } = made;
  return { outcome, ...(result && { result }), ...(problem && { problem }), ...(unmet && { unmet }) };
};

/** Stands for the answer of a call that could not be made. It is the page's own, not the daemon's. */
const missing = ({ message }: MissingResult): Problem => ({
  type: 'about:blank',
  title: 'The call cannot be made',
  status: 0,
  detail: `${message} Go back to see which one has failed, and start again.`,
  instance: '',
});
