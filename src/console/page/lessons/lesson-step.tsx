import { answerTo, isAsExpected, outcomeOf, type Progress } from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { LessonCall } from './lesson-call.js';
import { LessonQuestion } from './lesson-question.js';
import { Prose } from './prose.js';

/** The id of the text of the step, which describes its button. */
const TEXT_ID = 'lesson-step-text';

/** One step: its text, its call, what to see then, and its question. */
export const LessonStepView = ({
  lesson,
  progress,
  at,
  provider,
  isWaiting,
  isBusy,
  canCall,
  onCall,
  onAnswer,
  onGoOn,
}: {
  lesson: Lesson;
  progress: Progress;
  at: number;
  /** The name of the provider of the run. */
  provider: string | undefined;
  isWaiting: boolean;
  /** Whether the run is being ended. */
  isBusy: boolean;
  /** Whether the session lives and the step is the next one. */
  canCall: boolean;
  onCall: () => void;
  onAnswer: (choice: number) => void;
  /** Absent for a step that has been left. */
  onGoOn: (() => void) | undefined;
}) => {
  const step = lesson.steps[at];
  if (!step) return null;
  const made = outcomeOf(progress, at);
  const isCallDone = step.call === undefined || made !== undefined;
  const choice = answerTo(progress, at);
  const isAnswered = step.question === undefined || choice !== undefined;
  const isLast = at === lesson.steps.length - 1;
  return (
    <>
      <div class="panel-head">
        <h2>
          Step {at + 1} of {lesson.steps.length}
        </h2>
        <progress value={at + 1} max={lesson.steps.length} aria-hidden="true" />
      </div>
      <p id={TEXT_ID}>
        <Prose text={step.text} />
      </p>
      {step.call && (
        <LessonCall
          lesson={lesson}
          progress={progress}
          at={at}
          provider={provider}
          describedBy={TEXT_ID}
          isWaiting={isWaiting}
          onCall={canCall ? onCall : undefined}
        />
      )}
      {step.after !== undefined && made !== undefined && isAsExpected(made) && (
        <p>
          <Prose text={step.after} />
        </p>
      )}
      {step.question && isCallDone && (
        <LessonQuestion
          question={step.question}
          choice={choice}
          isNext={made === undefined || isAsExpected(made)}
          isBlocked={isWaiting || isBusy}
          onAnswer={onGoOn && onAnswer}
        />
      )}
      {onGoOn && isCallDone && isAnswered && (
        <div class="actions">
          <button
            type="button"
            class="primary"
            data-next
            aria-disabled={isWaiting || isBusy}
            onClick={onGoOn}
            aria-describedby={TEXT_ID}
          >
            {isLast ? 'Finish' : 'Go on'}
          </button>
        </div>
      )}
    </>
  );
};
