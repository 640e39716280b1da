import assert from 'node:assert/strict';
import test from 'node:test';
import { folderOf, readFolder } from '../http/lessons/folder.js';
import { blockOf } from './markdown.js';

test('the lesson of docs/lessons.md is one', async (t) => {
  const text = blockOf('file: my-lesson.json');
  const [lesson] = await readFolder(folderOf(t, { 'my-lesson.json': text }));
  assert.equal(lesson?.title, 'Too early');
});
