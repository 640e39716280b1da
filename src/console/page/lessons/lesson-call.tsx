import {
  isAsExpected,
  namesOf,
  outcomeOf,
  type Progress,
  type StepOutcome,
} from '../../model/lesson/progress.js';
import { written, writtenCall } from '../../model/lesson/written-call.js';
import type { Lesson } from '../../model/lesson.js';
import { visibleLines } from '../../model/payload.js';
import type { BatchStep } from '../../model/types.js';

/** The call of a step as the pupil would write it, the button that makes it, and what it has come to. */
export const LessonCall = ({
  lesson,
  progress,
  at,
  provider,
  describedBy,
  isWaiting,
  onCall,
}: {
  lesson: Lesson;
  progress: Progress;
  at: number;
  provider: string | undefined;
  /** The id of the element that says what the call does. */
  describedBy: string;
  isWaiting: boolean;
  /** Absent: the call cannot be made. */
  onCall: (() => void) | undefined;
}) => {
  const call = lesson.steps[at]?.call;
  const shown = writtenCall(progress, lesson, at, provider);
  if (!call || !shown) return null;
  const made = outcomeOf(progress, at);
  const canMake = onCall !== undefined && (made === undefined || !isAsExpected(made));
  return (
    <>
      <div class="lesson-call code">
        <strong>{shown.operation}</strong>
        {call.repeat !== undefined && <span class="muted"> {call.repeat} times</span>}
        <dl class="lesson-params">
          {shown.params.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      {made && !isWaiting && <Came made={made} call={call} names={namesOf(progress, lesson)} />}
      {canMake && (
        <div class="actions">
          <button
            type="button"
            class={made ? '' : 'primary'}
            data-next
            aria-describedby={describedBy}
            aria-disabled={isWaiting}
            onClick={onCall}
          >
            {made ? `Again: ${call.operation}` : `Make the call: ${call.operation}`}
          </button>
          <span role="status">{isWaiting && waitingText(call)}</span>
        </div>
      )}
    </>
  );
};

const waitingText = ({ params }: BatchStep): string => {
  const ms = params?.timeoutMs;
  return typeof ms === 'number' ? `The call waits, at most ${ms / 1000} s …` : 'The call is being made …';
};

/** What the call has come to, and whether that is what the lesson says. */
const Came = ({
  made,
  call,
  names,
}: {
  made: StepOutcome;
  call: BatchStep;
  names: ReadonlyMap<string, string>;
}) => {
  const { problem, result } = made;
  const isExpected = isAsExpected(made);
  return (
    <div class={isExpected ? 'lesson-came' : 'lesson-came bad'}>
      <p>
        <strong>{isExpected ? 'As expected' : 'Not as expected'}:</strong>{' '}
        {problem ? <Failed made={made} /> : 'the call has succeeded.'}
      </p>
      {problem && <p>{visibleLines(problem.detail)}</p>}
      {result && !problem && Object.keys(result).length > 0 && (
        <dl class="lesson-result code">
          {Object.entries(result).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{shortened(written(value, names))}</dd>
            </div>
          ))}
        </dl>
      )}
      {!isExpected && <p>{whyNot(made, call)}</p>}
    </div>
  );
};

const Failed = ({ made: { problem } }: { made: StepOutcome }) => {
  if (problem?.name === undefined) return <>{problem?.title}.</>;
  return (
    <>
      <a href={`/problems/${encodeURIComponent(problem.name)}`} target="_blank" rel="noreferrer">
        {problem.name}
      </a>
      {problem.code !== undefined && ` ${problem.code}`}.
    </>
  );
};

/** The most characters of one member that are shown. */
const SHOWN = 400;

const shortened = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)} …`);

const whyNot = ({ unmet = [] }: StepOutcome, { expectError }: BatchStep): string => {
  const what =
    expectError !== undefined
      ? `The lesson expects ${expectError}. `
      : unmet.length > 0
        ? `The lesson expects another value at ${unmet.join(', ')}. `
        : '';
  return (
    `${what}This can happen when an earlier step was not as expected, when a fault is armed, when the page ` +
    'lost its connection meanwhile, or when this system differs from others. Make the call again, go on, or ' +
    'start again.'
  );
};
