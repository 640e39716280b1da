import { progressText } from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { useLink } from '../link-context.js';
import { fragmentOf } from '../place.js';
import { keptProgress } from './kept.js';
import { loadLessons, useLessons } from './lessons.js';
import { Prose } from './prose.js';
import './lessons.css';

/** The lessons that this daemon has. */
export const LessonsView = () => {
  const loaded = useLessons();
  return (
    <>
      <div class="view-head">
        <h1>Lessons</h1>
        <p class="muted">Short steps. Nothing is called before you press its button.</p>
      </div>
      {loaded.kind === 'ready' ? <LessonList lessons={loaded.lessons} /> : <NoLessonsYet loaded={loaded} />}
    </>
  );
};

/** What there is to say while there are no lessons. */
export const NoLessonsYet = ({
  loaded,
}: {
  loaded: Exclude<ReturnType<typeof useLessons>, { kind: 'ready' }>;
}) => {
  const link = useLink();
  if (loaded.kind === 'loading') return <p class="muted">The lessons are being loaded …</p>;
  return (
    <section class="empty" role="alert">
      <p>The lessons could not be loaded. {loaded.why}</p>
      <button type="button" onClick={() => void loadLessons(link)}>
        Load them again
      </button>
    </section>
  );
};

/** All lessons, with how far the person has come in each. */
export const LessonList = ({ lessons }: { lessons: readonly Lesson[] }) => (
  <ol class="lessons-list">
    {lessons.map((lesson) => (
      <LessonItem key={lesson.id} lesson={lesson} />
    ))}
  </ol>
);

const LessonItem = ({ lesson }: { lesson: Lesson }) => {
  const { id, title, summary, minutes, providers } = lesson;
  const progress = keptProgress(lesson);
  return (
    <li class="panel">
      <div class="panel-head">
        <h2>
          <a href={fragmentOf({ view: 'lesson', id })}>{title}</a>
        </h2>
        <span class="muted">
          {minutes} {minutes === 1 ? 'minute' : 'minutes'}
        </span>
        <span class="spacer" />
        {progress && <span class="tag">{progressText(progress, lesson)}</span>}
        <span class="muted">{providers.includes('native') ? 'lab or system' : 'lab'}</span>
      </div>
      <p>
        <Prose text={summary} />
      </p>
    </li>
  );
};
