import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Chapter } from '../../operations/operation.js';
import type { InstantClock } from '../gates/not-before.js';
import type { Lesson } from './lesson.js';
import { LessonCheck } from './lesson-check.js';
import { LessonError, lessonFiles, readLessonFile } from './lesson-files.js';

/** The lessons that ship. */
export const SHIPPED_LESSONS = fileURLToPath(new URL('../../../../lessons/', import.meta.url));

/** The place of a lesson without `order`: behind all others. */
const LAST = 1001;

/**
 * Reads the lessons that ship, and those of a further folder, in the order in which they are shown.
 *
 * @param folder empty: none
 * @param chapters all operations of the daemon
 * @throws LessonError for the first lesson that is not valid
 */
export const readLessons = async (
  folder: string,
  chapters: readonly Chapter[],
  clock: InstantClock,
  shipped: string = SHIPPED_LESSONS,
): Promise<readonly Lesson[]> => {
  // A one-file build has no such folder.
  const folders = [...(existsSync(shipped) ? [shipped] : []), ...(folder === '' ? [] : [folder])];
  const check = new LessonCheck(chapters, clock);
  const lessons = new Map<string, Lesson>();
  for (const { file, id } of folders.flatMap(lessonFiles)) {
    if (lessons.has(id)) throw new LessonError(file, '/id: another lesson has it');
    const { lesson, wrong } = await check.check(readLessonFile(file), id);
    if (wrong) throw new LessonError(file, `${pointerOf(wrong.path)}: ${wrong.detail}`);
    lessons.set(id, lesson);
  }
  return [...lessons.values()].sort((a, b) => (a.order ?? LAST) - (b.order ?? LAST));
};

/** https://www.rfc-editor.org/rfc/rfc6901#section-3; the whole document is `/` here, so that one can see it. */
const pointerOf = (path: readonly (string | number)[]): string =>
  `/${path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
