import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LESSON_ID, MOST_OF_LESSON } from './lesson.js';

/** The most lessons of a folder. */
export const MOST_LESSONS = 200;

/** A lesson cannot be read, or is not valid. The message is one line that names the file, the place and the reason. */
export class LessonError extends Error {
  override name = 'LessonError';

  constructor(file: string, detail: string) {
    super(`lessons: ${oneLine(file)}: ${oneLine(detail)}`);
  }
}

/** The file of a lesson. */
export interface LessonFile {
  readonly file: string;
  /** Its name without `.json`. */
  readonly id: string;
}

/**
 * The lessons in a folder, in the order of their names: its `.json` files, but not schemas. Folders below it
 * are not read.
 *
 * @throws LessonError for a name that no lesson can have, a link or the like, and too many files
 */
export const lessonFiles = (folder: string): readonly LessonFile[] => {
  const entries = entriesOf(folder).filter(
    ({ name }) => name.endsWith('.json') && !name.endsWith('.schema.json'),
  );
  if (entries.length > MOST_LESSONS) throw new LessonError(folder, `has more than ${MOST_LESSONS} lessons`);
  return entries
    .map((entry) => {
      const file = join(folder, entry.name);
      const id = entry.name.slice(0, -'.json'.length);
      if (!new RegExp(LESSON_ID).test(id)) {
        throw new LessonError(file, 'its name must be 1 to 64 of a-z, 0-9 and -, and .json');
      }
      if (!entry.isFile()) throw new LessonError(file, NO_FILE);
      return { file, id };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
};

const NO_FILE = 'is not a regular file; links are not followed';

const entriesOf = (folder: string): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new LessonError(folder, `cannot be read (${codeOf(error)})`);
  }
};

/**
 * The JSON value of a file.
 *
 * @throws LessonError for a file that is too large, cannot be read, or is not JSON
 */
export const readLessonFile = (file: string): unknown => {
  const value = parsed(file, bytesOf(file));
  if (isDeeper(value, MOST_LEVELS)) throw new LessonError(file, `has more than ${MOST_LEVELS} levels`);
  return value;
};

const parsed = (file: string, bytes: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new LessonError(file, error instanceof SyntaxError ? error.message : 'is not UTF-8');
  }
};

/** What looks through a lesson calls itself for each level. */
const MOST_LEVELS = 32;

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1)));

/** Neither flag is on Windows, where a link that has taken the place of the file would be followed. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

const bytesOf = (file: string): Buffer => {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, to open a named pipe would wait.
    descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new LessonError(file, NO_FILE);
    if (stats.size > MOST_OF_LESSON) throw new LessonError(file, `has more than ${MOST_OF_LESSON} bytes`);
    return readFileSync(descriptor);
  } catch (error) {
    if (error instanceof LessonError) throw error;
    throw new LessonError(file, `cannot be read (${codeOf(error)})`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** Names and texts of files may have any characters. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 500);
