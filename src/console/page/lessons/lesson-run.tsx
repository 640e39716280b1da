import { useEffect, useRef, useState } from 'preact/hooks';
import {
  answerTo,
  goneOn,
  isAsExpected,
  namesOf,
  outcomeOf,
  type Progress,
  withAnswer,
  withOutcome,
} from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { useLink } from '../link-context.js';
import { LessonLadder } from './lesson-ladder.js';
import { LessonSockets } from './lesson-sockets.js';
import { LessonStepView } from './lesson-step.js';
import { makeCall } from './make-call.js';
import { useProviders } from './providers.js';
import { useFocusOnNext } from './use-focus-on-next.js';

/** A lesson under way: the step that is next, or an earlier one to read again, beside the sockets. */
export const LessonRun = ({
  lesson,
  progress,
  isByClick,
  isNew,
  onChange,
  onStartAgain,
  onEnd,
}: {
  lesson: Lesson;
  progress: Progress;
  isByClick: boolean;
  /** The session has just begun: the rig may not know it yet. */
  isNew: boolean;
  onChange: (progress: Progress) => void;
  onStartAgain: () => void;
  onEnd: (progress: Progress) => void;
}) => {
  const link = useLink();
  const provider = useProviders()[progress.provider];
  const gone = useGone(progress.sessionId, isNew);
  const [back, setBack] = useState(0);
  const [isWaiting, setIsWaiting] = useState(false);
  const [said, setSaid] = useState('');
  const latest = useRef<Progress | undefined>(undefined);
  latest.current = progress;
  useEffect(
    () => () => {
      latest.current = undefined;
    },
    [],
  );
  const at = Math.max(0, progress.at - back);
  const focus = useFocusOnNext<HTMLDivElement>(phaseOf(lesson, progress, at), isByClick);

  const call = async (): Promise<void> => {
    if (isWaiting) return;
    setIsWaiting(true);
    setSaid('');
    const made = await makeCall(link, lesson, progress, provider);
    setIsWaiting(false);
    // The person may have started again or ended it meanwhile.
    if (latest.current !== progress) return;
    const name = made.problem === undefined ? 'Done' : (made.problem.name ?? made.problem.title);
    setSaid(`${name}: ${isAsExpected(made) ? 'as expected' : 'not as expected'}.`);
    onChange(withOutcome(progress, lesson, made));
  };
  const answer = (choice: number): void => {
    setSaid(lesson.steps[at]?.question?.right === choice ? 'Right.' : 'Wrong.');
    onChange(withAnswer(progress, at, choice));
  };
  const goOn = (): void => {
    setSaid('');
    const next = goneOn(progress, lesson);
    if (next.at === lesson.steps.length) void end(next);
    else onChange(next);
  };
  const endSession = async (): Promise<void> => {
    if (gone === undefined) await link.call('endSession', { sessionId: progress.sessionId });
  };
  const end = async (at: Progress): Promise<void> => {
    await endSession();
    onEnd(at);
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
          <button
            type="button"
            onClick={async () => {
              await endSession();
              onStartAgain();
            }}
          >
            Start again
          </button>
          <button type="button" onClick={() => void end(progress)}>
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
  const session = link.rig.value.sessions.get(sessionId);
  if (session) return session.ended;
  return isNew ? undefined : 'the daemon does not know it';
};

/** Changes whenever something else comes next. */
const phaseOf = (lesson: Lesson, progress: Progress, at: number): string => {
  const made = outcomeOf(progress, at);
  const isAnswered = lesson.steps[at]?.question === undefined || answerTo(progress, at) !== undefined;
  return [at, made && isAsExpected(made), isAnswered].join(' ');
};
