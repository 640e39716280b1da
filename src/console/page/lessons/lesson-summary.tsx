import { type AnswerSheet, answerSheet, sheetText } from '../../model/lesson/answer-sheet.js';
import type { Progress } from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { fragmentOf } from '../place.js';
import { saveFile } from '../save-file.js';
import { Prose } from './prose.js';
import { useProviders } from './providers.js';
import { useFocusOnNext } from './use-focus-on-next.js';

/** The end of a lesson: the answers, to download, and the way to the next one. */
export const LessonSummary = ({
  lesson,
  progress,
  isByClick,
  next,
  onStartAgain,
}: {
  lesson: Lesson;
  progress: Progress;
  isByClick: boolean;
  next: Lesson | undefined;
  onStartAgain: () => void;
}) => {
  const provider = useProviders()[progress.provider] ?? progress.provider;
  const focus = useFocusOnNext<HTMLElement>('summary', isByClick);
  const sheet = answerSheet(progress, lesson, provider, progress.endedAt ?? '');
  const unexpected = sheet.steps.filter(({ asExpected }) => asExpected === false).length;
  return (
    <section class="panel" ref={focus} aria-labelledby="lesson-summary">
      <h2 id="lesson-summary" tabIndex={-1} data-next>
        {progress.at === lesson.steps.length ? 'The lesson is done' : 'The lesson was ended'}
      </h2>
      <p>
        On {provider}, {sheet.stepsDone} of {sheet.stepsOfLesson} steps. Right answers: {sheet.rightAnswers}{' '}
        of {sheet.questions}.{unexpected > 0 && ` Calls that were not as expected: ${unexpected}.`} The
        session of the lesson has ended.
      </p>
      <ol class="lesson-answers">
        {sheet.steps.flatMap(({ step, question }) =>
          question ? (
            <li key={step}>
              <Prose text={question.text} />{' '}
              {question.choice === undefined ? (
                <span class="muted">not answered</span>
              ) : (
                <>
                  <Prose text={question.choice} />:{' '}
                  <strong class={question.isRight ? 'lesson-right' : 'wrong'}>
                    {question.isRight ? 'right' : 'wrong'}
                  </strong>
                </>
              )}
            </li>
          ) : (
            []
          ),
        )}
      </ol>
      <div class="actions">
        <Downloads sheet={sheet} />
        <span class="spacer" />
        <button type="button" onClick={onStartAgain}>
          Start again
        </button>
        {next ? (
          <a class="button" href={fragmentOf({ view: 'lesson', id: next.id })}>
            Next lesson: {next.title}
          </a>
        ) : (
          <a class="button" href="#lessons">
            All lessons
          </a>
        )}
      </div>
    </section>
  );
};

const Downloads = ({ sheet }: { sheet: AnswerSheet }) => (
  <>
    <Download
      name={`${sheet.lesson}-answers.txt`}
      label="Answers as text"
      type="text/plain"
      text={sheetText(sheet)}
    />
    <Download
      name={`${sheet.lesson}-answers.json`}
      label="Answers as JSON"
      type="application/json"
      text={`${JSON.stringify(sheet, null, 2)}\n`}
    />
  </>
);

/** A button that saves a text as a file. */
const Download = ({
  name,
  label,
  type,
  text,
}: {
  name: string;
  label: string;
  type: string;
  text: string;
}) => (
  <button type="button" onClick={() => saveFile(name, new Blob([text], { type }))}>
    {label}
  </button>
);
