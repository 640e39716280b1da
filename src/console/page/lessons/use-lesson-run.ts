import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Progress, type StepOutcome, withOutcome } from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';
import { forgetProgress, keepProgress, keptProgress } from './kept.js';

/** The sessions of lessons whose call waits, that of a view that was left included. */
const waiting = signal<ReadonlySet<string>>(new Set());

/** Counts the changes by views that were left: a view that is shown then reads its progress again. */
const lateChanges = signal(0);

/** A change of a run; undefined: it is forgotten. */
export type ChangeOfRun = (newest: Progress) => Progress | undefined;

/** The run of a lesson in this tab. */
export interface LessonRunState {
  /** undefined: none has begun. */
  readonly progress: Progress | undefined;
  /** Whether a call of the run waits. */
  readonly isWaiting: boolean;
  readonly begin: (progress: Progress) => void;
  readonly forget: () => void;
  /** Changes the newest progress of a session. Nothing changes if another run has begun or it has ended. */
  readonly change: (sessionId: string, by: ChangeOfRun) => void;
  /**
   * Makes a call, the only one of its session, and keeps its outcome, also when the view is left meanwhile.
   *
   * @returns undefined if another call waits
   */
  readonly call: (sessionId: string, make: () => Promise<StepOutcome>) => Promise<StepOutcome | undefined>;
}

/** The run of a lesson, which a reload and a change of the view keep. */
export const useLessonRun = (lesson: Lesson): LessonRunState => {
  const [progress, setProgress] = useState(() => keptProgress(lesson));
  const newest = useRef(progress);
  const isShown = useRef(true);
  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );
  const show = (to: Progress | undefined): void => {
    newest.current = to;
    setProgress(to);
  };
  const late = lateChanges.value;
  const seen = useRef(late);
  useEffect(() => {
    if (seen.current === late) return;
    seen.current = late;
    show(keptProgress(lesson));
  }, [late]);

  const set = (to: Progress | undefined): void => {
    if (to === undefined) forgetProgress(lesson.id);
    else keepProgress(to);
    if (isShown.current) show(to);
    else lateChanges.value++;
  };
  const change = (sessionId: string, by: ChangeOfRun): void => {
    // Who signs out forgets what is kept: what comes then finds nothing to change.
    const at = isShown.current ? newest.current : keptProgress(lesson);
    if (at?.sessionId === sessionId && at.endedAt === undefined) set(by(at));
  };
  const call = async (
    sessionId: string,
    make: () => Promise<StepOutcome>,
  ): Promise<StepOutcome | undefined> => {
    if (waiting.peek().has(sessionId)) return undefined;
    waiting.value = new Set([...waiting.peek(), sessionId]);
    try {
      const made = await make();
      change(sessionId, (at) => withOutcome(at, lesson, made));
      return made;
    } finally {
      waiting.value = new Set([...waiting.peek()].filter((one) => one !== sessionId));
    }
  };
  return {
    progress,
    isWaiting: progress !== undefined && waiting.value.has(progress.sessionId),
    begin: set,
    forget: () => set(undefined),
    change,
    call,
  };
};
