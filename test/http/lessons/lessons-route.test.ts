import assert from 'node:assert/strict';
import test from 'node:test';
import { build } from '../build.js';
import { lessonOf, opens } from './folder.js';

const LESSONS = [{ ...lessonOf([opens('one')]), $schema: './lesson.schema.json' }];

test('GET /v1/lessons gives the lessons, without what is for editors', async (t) => {
  const { api } = await build(t, { lessons: LESSONS });
  assert.deepEqual(await api.ok.get('/v1/lessons'), { lessons: [lessonOf([opens('one')])] });
});

test('it needs a token', async (t) => {
  const { url } = await build(t, { lessons: LESSONS });
  const { status } = await fetch(`${url}/v1/lessons`);
  assert.equal(status, 401);
});

test('it is compressed for clients that ask for it', async (t) => {
  const { url } = await build(t, { lessons: LESSONS });
  for (const encoding of ['gzip', 'br']) {
    const answer = await fetch(`${url}/v1/lessons`, {
      headers: { authorization: 'Bearer token-of-alice-0123456789', 'accept-encoding': encoding },
    });
    assert.equal(answer.headers.get('content-encoding'), encoding);
    // fetch decompresses it.
    assert.deepEqual(await answer.json(), { lessons: [lessonOf([opens('one')])] });
  }
});
