/** What a pupil has done in a lesson, to hand in. */
import type { Lesson } from '../lesson.js';
import { answerTo, isAsExpected, outcomeOf, type Progress } from './progress.js';
import { type WrittenCall, writtenCall } from './written-call.js';

/** A run as a document: no ids, no token, no addresses but those in parameters. */
export interface AnswerSheet {
  readonly lesson: string;
  readonly title: string;
  /** When the run ended. ISO 8601 */
  readonly date: string;
  readonly provider: string;
  readonly stepsDone: number;
  readonly stepsOfLesson: number;
  readonly rightAnswers: number;
  readonly questions: number;
  readonly steps: readonly SheetStep[];
}

/** One step of the run. */
export interface SheetStep {
  /** From 1. */
  readonly step: number;
  readonly call?: { readonly operation: string; readonly params: Readonly<Record<string, string>> };
  /** `ok`, or the name of the error; absent if the call was not made. */
  readonly outcome?: string;
  readonly asExpected?: boolean;
  readonly question?: { readonly text: string; readonly choice?: string; readonly isRight?: boolean };
}

/**
 * The answers of a run.
 *
 * @param provider the name of its provider
 * @param date ISO 8601
 */
export const answerSheet = (
  progress: Progress,
  lesson: Lesson,
  provider: string,
  date: string,
): AnswerSheet => {
  const steps = lesson.steps.map((_, at) => sheetStep(progress, lesson, at, provider));
  return {
    lesson: lesson.id,
    title: lesson.title,
    date,
    provider,
    stepsDone: Math.min(progress.at, lesson.steps.length),
    stepsOfLesson: lesson.steps.length,
    rightAnswers: steps.filter(({ question }) => question?.isRight === true).length,
    questions: steps.filter(({ question }) => question !== undefined).length,
    steps,
  };
};

const sheetStep = (progress: Progress, lesson: Lesson, at: number, provider: string): SheetStep => {
  const call = writtenCall(progress, lesson, at, provider);
  const made = outcomeOf(progress, at);
  const question = lesson.steps[at]?.question;
  const choice = answerTo(progress, at);
  const chosen = choice === undefined ? undefined : question?.choices[choice];
  return {
    step: at + 1,
    ...(call && { call: { operation: call.operation, params: Object.fromEntries(call.params) } }),
    ...(made && {
      outcome: made.problem ? (made.problem.name ?? made.problem.title) : 'ok',
      asExpected: isAsExpected(made),
    }),
    ...(question && {
      question: {
        text: question.text,
        ...(chosen !== undefined && { choice: chosen, isRight: choice === question.right }),
      },
    }),
  };
};

/** The sheet as a text to read. */
export const sheetText = (sheet: AnswerSheet): string =>
  `${[...headLines(sheet), ...sheet.steps.flatMap(stepLines)].join('\n')}\n`;

const headLines = (sheet: AnswerSheet): readonly string[] => [
  `${sheet.title} (${sheet.lesson})`,
  `${sheet.date}, provider ${sheet.provider}`,
  `Steps: ${sheet.stepsDone} of ${sheet.stepsOfLesson}. Right answers: ${sheet.rightAnswers} of ${sheet.questions}.`,
];

const stepLines = ({ step, call, outcome, asExpected, question }: SheetStep): readonly string[] => {
  const lines = ['', call ? `${step}. ${callText(call.operation, Object.entries(call.params))}` : `${step}.`];
  if (outcome !== undefined) lines.push(`   ${outcome}: ${asExpected ? 'as expected' : 'not as expected'}`);
  else if (call) lines.push('   not made');
  if (question) {
    lines.push(`   Question: ${question.text}`);
    lines.push(
      question.choice === undefined
        ? '   not answered'
        : `   Answer: ${question.choice} (${question.isRight ? 'right' : 'wrong'})`,
    );
  }
  return lines;
};

/** A call in one line. */
const callText = (operation: string, params: WrittenCall['params']): string =>
  `${operation}(${params.map(([name, value]) => `${name}: ${value}`).join(', ')})`;
