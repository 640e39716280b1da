import { useState } from 'preact/hooks';
import type { Lesson, LessonProvider } from '../../model/lesson.js';
import type { Problem } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { providerText, useProviders } from './providers.js';
import { useFocusOnNext } from './use-focus-on-next.js';
import { useOneAtATime } from './use-one-at-a-time.js';

/** How long the session of a lesson lives while nothing uses it, as over a break or a reload. Seconds. */
const LEASE_SECONDS = 3600;

/** The beginning of a lesson: where it runs, and its session. */
export const LessonBegin = ({
  lesson,
  isByClick,
  onBegin,
}: {
  lesson: Lesson;
  isByClick: boolean;
  onBegin: (provider: LessonProvider, sessionId: string) => void;
}) => {
  const link = useLink();
  const names = useProviders();
  const offered = lesson.providers.filter((provider) => names[provider] !== undefined);
  const [provider, setProvider] = useState<LessonProvider>('lab');
  const [problem, setProblem] = useState<Problem>();
  const focus = useFocusOnNext<HTMLFormElement>('begin', isByClick);

  const { isBusy, run } = useOneAtATime();

  const begin = async (): Promise<void> => {
    const outcome = await link.call('startup', { version: '2.2', leaseSeconds: LEASE_SECONDS });
    if (outcome.ok) onBegin(provider, String(outcome.result.sessionId));
    else setProblem(outcome.problem);
  };
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void run(begin);
      }}
      ref={focus}
    >
      <p>
        {lesson.steps.length} steps, about {lesson.minutes} minutes. The lesson gets a session of its own. A
        step makes its call when you press its button.
      </p>
      <fieldset class="field">
        <legend>Where do its sockets live?</legend>
        {offered.map((one) => (
          <label class="lesson-choice" key={one}>
            <input
              type="radio"
              name="provider"
              checked={provider === one}
              onChange={() => setProvider(one)}
            />
            {providerText(one, names)}
          </label>
        ))}
      </fieldset>
      <button type="submit" class="primary" data-next aria-disabled={isBusy}>
        Begin
      </button>
      <p aria-live="polite" class="wrong">
        {problem && `${problem.title}. ${problem.detail}`}
      </p>
    </form>
  );
};
