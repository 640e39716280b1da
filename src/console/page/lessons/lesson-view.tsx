import { useState } from 'preact/hooks';
import { begun, type Progress } from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { useLink } from '../link-context.js';
import { LessonBegin } from './lesson-begin.js';
import { LessonRun } from './lesson-run.js';
import { LessonSummary } from './lesson-summary.js';
import { useLessons } from './lessons.js';
import { LessonList, NoLessonsYet } from './lessons-view.js';
import { Prose } from './prose.js';
import { type LessonRunState, useLessonRun } from './use-lesson-run.js';
import './lessons.css';

/** One lesson, run step by step. */
export const LessonView = ({ id }: { id: string }) => {
  const loaded = useLessons();
  if (loaded.kind !== 'ready') return <NoLessonsYet loaded={loaded} />;
  const lesson = loaded.lessons.find((one) => one.id === id);
  if (!lesson) return <UnknownLesson id={id} lessons={loaded.lessons} />;
  const next = loaded.lessons[loaded.lessons.indexOf(lesson) + 1];
  return <KnownLesson lesson={lesson} next={next} />;
};

const UnknownLesson = ({ id, lessons }: { id: string; lessons: readonly Lesson[] }) => (
  <>
    <h1>No such lesson</h1>
    <p>
      This daemon has no lesson <code>{id}</code>. It has these:
    </p>
    <LessonList lessons={lessons} />
  </>
);

const KnownLesson = ({ lesson, next }: { lesson: Lesson; next: Lesson | undefined }) => {
  const link = useLink();
  const run = useLessonRun(lesson);
  const { progress } = run;
  /** The rig in which the session has begun: it may not know the session yet. */
  const [rig, setRig] = useState<unknown>();
  /** Whether the person has clicked: only then the focus moves. */
  const [isByClick, setIsByClick] = useState(false);
  const change: LessonRunState['change'] = (of, by) => {
    setIsByClick(true);
    run.change(of, by);
  };
  const begin = (provider: Progress['provider'], sessionId: string): void => {
    setRig(link.rig.peek());
    setIsByClick(true);
    run.begin(begun(lesson, provider, sessionId));
  };
  const forget = (): void => {
    setIsByClick(true);
    run.forget();
  };
  return (
    <>
      <div class="view-head">
        <h1>{lesson.title}</h1>
        <span class="spacer" />
        <a href="#lessons">All lessons</a>
      </div>
      <p class="muted">
        <Prose text={lesson.summary} />
      </p>
      {progress === undefined ? (
        <LessonBegin lesson={lesson} isByClick={isByClick} onBegin={begin} />
      ) : progress.endedAt === undefined ? (
        <LessonRun
          lesson={lesson}
          progress={progress}
          isByClick={isByClick}
          isNew={rig === link.rig.value}
          isWaiting={run.isWaiting}
          onCall={(make) => {
            setIsByClick(true);
            return run.call(progress.sessionId, make);
          }}
          onChange={(by) => change(progress.sessionId, by)}
        />
      ) : (
        <LessonSummary
          lesson={lesson}
          progress={progress}
          isByClick={isByClick}
          next={next}
          onStartAgain={forget}
        />
      )}
    </>
  );
};
