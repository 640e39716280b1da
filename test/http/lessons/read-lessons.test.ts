/** Files of lessons: which are read, which are refused, and what the refusal says. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MOST_OF_LESSON } from '../../../src/http/lessons/lesson.js';
import { LessonError, MOST_LESSONS } from '../../../src/http/lessons/lesson-files.js';
import { folderOf, lessonOf, opens, readFolder } from './folder.js';

const GOOD = lessonOf([opens('one')]);

const refusesFolder = async (folder: string, wanted: RegExp, shipped?: string): Promise<void> => {
  await assert.rejects(readFolder(folder, shipped), (error) => {
    assert.ok(error instanceof LessonError, String(error));
    assert.match(error.message, wanted);
    assert.doesNotMatch(error.message, /\p{Cc}/u);
    return true;
  });
};

const refuses = (t: TestContext, files: Readonly<Record<string, unknown>>, wanted: RegExp): Promise<void> =>
  refusesFolder(folderOf(t, files), wanted);

test('lessons come by their order, then by their names; a schema and other files are none', async (t) => {
  const named = (id: string, order?: number) => ({ ...GOOD, id, ...(order !== undefined && { order }) });
  const folder = folderOf(t, {
    'b.json': named('b'),
    'a.json': named('a'),
    'late.json': named('late', 7),
    'early.json': `\ufeff${JSON.stringify(named('early', 3))}`,
    'lesson.schema.json': '{',
    'notes.txt': '{',
  });
  mkdirSync(join(folder, 'below'));
  const lessons = await readFolder(folder);
  assert.deepEqual(
    lessons.map(({ id }) => id),
    ['early', 'late', 'a', 'b'],
  );
});

test('no folder: no lessons', async () => {
  assert.deepEqual(await readFolder(''), []);
});

test('a folder that does not exist', async () => {
  await refusesFolder(
    join(tmpdir(), 'winsockd-no-such-folder'),
    /no-such-folder: cannot be read \(ENOENT\)$/,
  );
});

test('a file that is not JSON', (t) => refuses(t, { 'mine.json': '{"id":\n\u202e}' }, /mine\.json: .*JSON/));

test('a file that is not UTF-8', (t) =>
  refuses(t, { 'mine.json': Buffer.from([0x22, 0xff, 0x22]) }, /mine\.json: is not UTF-8$/));

test('a file that is too large', async (t) => {
  const text = JSON.stringify(GOOD);
  const fits = folderOf(t, { 'mine.json': text.padEnd(MOST_OF_LESSON) });
  assert.equal((await readFolder(fits)).length, 1);
  await refuses(
    t,
    { 'mine.json': text.padEnd(MOST_OF_LESSON + 1) },
    /mine\.json: has more than 65536 bytes$/,
  );
});

test('a file that is nested too deeply', (t) =>
  refuses(
    t,
    { 'mine.json': '['.repeat(30_000) + ']'.repeat(30_000) },
    /mine\.json: has more than 32 levels$/,
  ));

test('a name that is no id', async (t) => {
  for (const name of ['Mine.json', 'my lesson.json', '.json', `${'a'.repeat(65)}.json`]) {
    await refuses(t, { [name]: GOOD }, /: its name must be /);
  }
});

test('a folder that looks like a lesson', async (t) => {
  const folder = folderOf(t, {});
  mkdirSync(join(folder, 'mine.json'));
  await refusesFolder(folder, /mine\.json: is not a regular file; links are not followed$/);
});

const links = { skip: process.platform === 'win32' && 'to make a link on Windows needs a privilege' };

test('a link to a lesson is not followed', links, async (t) => {
  const folder = folderOf(t, { 'mine.json': GOOD });
  renameSync(join(folder, 'mine.json'), join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'mine.json'));
  await refusesFolder(folder, /mine\.json: is not a regular file; links are not followed$/);
});

test('too many lessons', async (t) => {
  const many = Array.from({ length: MOST_LESSONS + 1 }, (_, i) => [`l${i}.json`, { ...GOOD, id: `l${i}` }]);
  assert.equal((await readFolder(folderOf(t, Object.fromEntries(many.slice(1))))).length, MOST_LESSONS);
  await refuses(t, Object.fromEntries(many), /: has more than 200 lessons$/);
});

test('an id that exists twice', async (t) => {
  await refusesFolder(
    folderOf(t, { 'mine.json': GOOD }),
    /mine\.json: \/id: another lesson has it$/,
    folderOf(t, { 'mine.json': GOOD }),
  );
});

test('an id that is not the name of the file', (t) =>
  refuses(t, { 'other.json': GOOD }, /other\.json: \/id: must be the name of the file/));
