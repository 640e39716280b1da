import { keptText, progressIn } from '../../model/lesson/kept-progress.js';
import type { Progress } from '../../model/lesson/progress.js';
import type { Lesson } from '../../model/lesson.js';

/** Where the tab keeps the progress in a lesson, until it is closed or signed out. */
const keyOf = (lessonId: string): string => `winsockd.lesson.${lessonId}`;

/** The progress that this tab has kept; undefined without any. */
export const keptProgress = (lesson: Lesson): Progress | undefined => {
  const text = sessionStorage.getItem(keyOf(lesson.id));
  return text === null ? undefined : progressIn(text, lesson);
};

/** Keeps the progress for a reload. What is too long is not kept: the lesson goes on all the same. */
export const keepProgress = (progress: Progress): void => {
  const key = keyOf(progress.lessonId);
  const text = keptText(progress);
  try {
    if (text === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch (error) {
    // The room that the browser gives is full.
    if (!(error instanceof DOMException)) throw error;
    sessionStorage.removeItem(key);
  }
};

/** Forgets the progress in a lesson. */
export const forgetProgress = (lessonId: string): void => sessionStorage.removeItem(keyOf(lessonId));
