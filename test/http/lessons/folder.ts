import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import type { Lesson, LessonStep } from '../../../src/http/lessons/lesson.js';
import { readLessons } from '../../../src/http/lessons/lessons.js';
import { CHAPTERS } from '../../../src/operations/list.js';

/** A folder that is removed after the test. Values are written as JSON, texts and bytes as they are. */
export const folderOf = (t: TestContext, files: Readonly<Record<string, unknown>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-lessons-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const isWritten = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(join(folder, name), isWritten ? content : JSON.stringify(content));
  }
  return folder;
};

/** A folder without lessons, in place of that of the lessons that ship. */
const NONE = join(tmpdir(), 'winsockd-no-such-folder');

/** Reads the lessons of a folder alone. */
export const readFolder = (folder: string, shipped = NONE): Promise<readonly Lesson[]> =>
  readLessons(folder, CHAPTERS, systemClock, shipped);

/** A reference to a value of an earlier result. */
export const ref = (pointer: string): object => ({ $result: pointer });

const SESSION = ref('/session/sessionId');

/** The step of a lesson that opens a socket. */
export const opens = (id: string, params: object = {}): LessonStep => ({
  text: 'Opens a socket.',
  call: {
    id,
    operation: 'socket',
    params: { sessionId: SESSION, family: 'AF_INET', type: 'SOCK_STREAM', ...params },
  },
});

/** The step of a lesson that calls on the socket `one`. */
export const calls = (operation: string, params: object = {}): LessonStep => ({
  text: 'Calls.',
  call: { operation, params: { socketId: ref('/one/socketId'), ...params } },
});

/** A lesson `mine` with these steps. */
export const lessonOf = (steps: readonly LessonStep[], others: Partial<Lesson> = {}): Lesson => ({
  id: 'mine',
  title: 'Mine',
  summary: 'A lesson of a test.',
  minutes: 5,
  providers: ['lab', 'native'],
  steps: [...steps],
  ...others,
});
