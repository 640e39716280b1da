import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv } from 'ajv';
import { SHIPPED_LESSONS } from '../../../src/http/lessons/lessons.js';
import { currentLessonSchema } from '../../../src/write-openapi.js';

const read = (name: string): string => readFileSync(join(SHIPPED_LESSONS, name), 'utf8');

test('lessons/lesson.schema.json is that of the source (npm run openapi writes it)', () => {
  assert.equal(read('lesson.schema.json'), currentLessonSchema());
});

test('an editor that goes by the schema accepts every lesson that ships', () => {
  // With the meta schema, unlike the daemon: the schema itself is checked, too.
  const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(currentLessonSchema()));
  const files = readdirSync(SHIPPED_LESSONS).filter((name) => !name.endsWith('.schema.json'));
  assert.ok(files.length >= 10);
  for (const name of files) {
    const lesson = JSON.parse(read(name));
    validate(lesson);
    assert.deepEqual(validate.errors, null, name);
    assert.equal(lesson.$schema, './lesson.schema.json');
  }
});
