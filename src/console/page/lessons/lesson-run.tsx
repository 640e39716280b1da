import { useState } from 'preact/hooks';
import {
  answerTo,
  ended,
  goneOn,
  isAsExpected,
  namesOf,
  outcomeOf,
  type Progress,
  type StepOutcome,
  withAnswer,
} from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { useLink } from '../link-context.js';
import { LessonLadder } from './lesson-ladder.js';
import { LessonSockets } from './lesson-sockets.js';
import { LessonStepView } from './lesson-step.js';
import { makeCall } from './make-call.js';
import { useProviders } from './providers.js';
import { useFocusOnNext } from './use-focus-on-next.js';
import type { ChangeOfRun } from './use-lesson-run.js';
import { useOneAtATime } from './use-one-at-a-time.js';

/** A lesson under way: the step that is next, or an earlier one to read again, beside the sockets. */
export const LessonRun = ({
  lesson,
  progress,
  isByClick,
  isNew,
  isWaiting,
  onCall,
  onChange,
}: {
  lesson: Lesson;
  progress: Progress;
  isByClick: boolean;
  /** The session has just begun: the rig may not know it yet. */
  isNew: boolean;
  /** Whether a call waits: until it has ended, the step can neither be answered nor left. */
  isWaiting: boolean;
  onCall: (make: () => Promise<StepOutcome>) => Promise<StepOutcome | undefined>;
  onChange: (by: ChangeOfRun) => void;
}) => {
  const link = useLink();
  const provider = useProviders()[progress.provider];
  const gone = useGone(progress.sessionId, isNew);
  const [back, setBack] = useState(0);
  const [said, setSaid] = useState('');
  const { isBusy, run } = useOneAtATime();
  const at = Math.max(0, progress.at - back);
  const focus = useFocusOnNext<HTMLDivElement>(phaseOf(lesson, progress, at), isByClick);

  const call = async (): Promise<void> => {
    if (isBusy) return;
    setSaid('');
    const made = await onCall(() => makeCall(link, lesson, progress, provider));
    if (made === undefined) return;
    const name = made.problem === undefined ? 'Done' : (made.problem.name ?? made.problem.title);
    setSaid(`${name}: ${isAsExpected(made) ? 'as expected' : 'not as expected'}.`);
  };
  const answer = (choice: number): void => {
    if (isWaiting || isBusy) return;
    setSaid(lesson.steps[at]?.question?.right === choice ? 'Right.' : 'Wrong.');
    onChange((newest) => withAnswer(newest, at, choice));
  };
  const goOn = (): void => {
    if (isWaiting || isBusy) return;
    setSaid('');
    // Two presses at once are one step.
    const next = goneOn(progress, lesson).at;
    if (next === lesson.steps.length) void run(() => end(next));
    else onChange((newest) => ({ ...newest, at: next }));
  };
  const endSession = async (): Promise<void> => {
    if (gone === undefined) await link.call('endSession', { sessionId: progress.sessionId });
  };
  const end = async (at: number): Promise<void> => {
    await endSession();
    onChange((newest) => ended({ ...newest, at }, new Date().toISOString()));
  };
  const startAgain = async (): Promise<void> => {
    await endSession();
    onChange(() => undefined);
  };
  return (
    <div ref={focus} class="lesson-columns">
      <section class="panel lesson-text" aria-label="Step">
        {gone !== undefined && (
          <p class="wrong" role="alert">
            The session of this lesson has ended, and its sockets with it: {gone}. Start again to run it anew.
          </p>
        )}
        <LessonStepView
          key={at}
          lesson={lesson}
          progress={progress}
          at={at}
          provider={provider}
          isWaiting={isWaiting}
          isBusy={isBusy}
          canCall={gone === undefined && back === 0}
          onCall={call}
          onAnswer={answer}
          onGoOn={back === 0 ? goOn : undefined}
        />
        <div class="actions">
          <button type="button" disabled={at === 0 || isWaiting} onClick={() => setBack(back + 1)}>
            Back
          </button>
          {back > 0 && (
            <button type="button" data-next onClick={() => setBack(back - 1)}>
              Forward
            </button>
          )}
          <span class="spacer" />
          <button type="button" aria-disabled={isBusy} onClick={() => void run(startAgain)}>
            Start again
          </button>
          <button type="button" aria-disabled={isBusy} onClick={() => void run(() => end(progress.at))}>
            End
          </button>
        </div>
        <p class="hidden" aria-live="polite">
          {said}
        </p>
      </section>
      <LessonSockets names={namesOf(progress, lesson)} />
      <LessonLadder names={namesOf(progress, lesson)} />
    </div>
  );
};

/** Why the session of the lesson is gone; undefined while it lives, or while the page is not connected. */
const useGone = (sessionId: string, isNew: boolean): string | undefined => {
  const link = useLink();
  link.version.value;
  if (link.status.value.kind !== 'open') return undefined;
  const rig = link.rig.value;
  const isUnknown = !isNew && !rig.sessions.has(sessionId);
  return rig.endOf(sessionId) ?? (isUnknown ? 'the daemon does not know it' : undefined);
};

/** Changes whenever something else comes next. */
const phaseOf = (lesson: Lesson, progress: Progress, at: number): string => {
  const made = outcomeOf(progress, at);
  const isAnswered = lesson.steps[at]?.question === undefined || answerTo(progress, at) !== undefined;
  return [at, made && isAsExpected(made), isAnswered].join(' ');
};
