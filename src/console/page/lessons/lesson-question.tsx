import { useState } from 'preact/hooks';
import type { Question } from '../../model/lesson.js';
import { Prose } from './prose.js';

/** A question of a lesson. The first answer counts; then it shows the right one, and why. */
export const LessonQuestion = ({
  question,
  choice,
  isNext,
  isBlocked,
  onAnswer,
}: {
  question: Question;
  /** The choice that was made; undefined before that. */
  choice: number | undefined;
  /** Whether it comes next, and takes the focus. */
  isNext: boolean;
  /** Whether it cannot be answered just now. */
  isBlocked: boolean;
  /** Absent: it is only read. */
  onAnswer: ((choice: number) => void) | undefined;
}) => {
  const [chosen, setChosen] = useState<number>();
  const isOpen = choice === undefined && onAnswer !== undefined;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (chosen !== undefined && !isBlocked) onAnswer?.(chosen);
  };
  return (
    <form class="lesson-question" onSubmit={submit}>
      <fieldset>
        <legend>
          <Prose text={question.text} />
        </legend>
        {question.choices.map((text, at) => (
          <label class="lesson-choice" key={text}>
            <input
              type="radio"
              name="choice"
              required
              disabled={!isOpen}
              data-next={isOpen && isNext && at === 0 ? '' : undefined}
              checked={(choice ?? chosen) === at}
              onChange={() => setChosen(at)}
            />
            <span>
              <Prose text={text} />
              {choice !== undefined && at === question.right && <strong class="lesson-right"> right</strong>}
              {choice === at && at !== question.right && <strong class="wrong"> your answer, wrong</strong>}
            </span>
          </label>
        ))}
      </fieldset>
      {isOpen && (
        <button type="submit" class="primary" aria-disabled={isBlocked}>
          Check
        </button>
      )}
      {choice !== undefined && (
        <p>
          <strong>{choice === question.right ? 'Right.' : 'Wrong.'}</strong> <Prose text={question.why} />
        </p>
      )}
    </form>
  );
};
