import assert from 'node:assert/strict';
import test from 'node:test';
import request from 'supertest';
import { PROBLEM_KINDS } from '../../../src/http/problems/problem-pages.js';
import { fail } from '../../../src/winsock/outcome.js';
import { build, TOKEN } from '../build.js';

const html = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

test('the type of every problem is the path of its JSON and of its page', async (t) => {
  const { api } = await build(t);
  const { problems } = await api.as(undefined).ok.get('/problems');
  assert.deepEqual(problems, JSON.parse(JSON.stringify(PROBLEM_KINDS)));
  for (const { type, name, title } of PROBLEM_KINDS) {
    const asJson = await api.as(undefined).ok.get(type);
    assert.deepEqual([asJson.name, asJson.title], [name, title]);
  }
  const { body, headers } = await api.get('/problems/WSAENOTCONN', html);
  assert.match(String(headers['content-type']), /^text\/html/);
  assert.match(body, /<h1>WSAENOTCONN<\/h1>[\s\S]*10057/);
  assert.doesNotMatch(body, /<script/);
  assert.match((await api.get('/problems', html)).body, /href="\/problems\/WSAENOTCONN"/);
  for (const unknown of ['WSAENOTHING', 'WSAEDISCON', '__proto__', 'constructor']) {
    assert.equal((await api.problem.get(`/problems/${unknown}`)).type, '/problems/not-found');
  }
});

test('a problem is answered as JSON, to a browser as a page', async (t) => {
  const { url } = await build(t);
  const page = (accept: string) => request(url).get('/problems/quota').set('Accept', accept);
  await page('*/*').expect('Content-Type', /^application\/json/);
  await page('application/json, text/html;q=0.5').expect('Content-Type', /^application\/json/);
  await page('text/html;q=0').expect('Content-Type', /^application\/json/);
  await page('text/html')
    .expect(200)
    .expect('Content-Type', /^text\/html/);
});

test('the interactive documentation needs no token, and has its own content security policy', async (t) => {
  const { api, url: daemon } = await build(t);
  const { text: body, headers } = await request(daemon)
    .get('/docs/')
    .expect(200)
    .expect(/swagger-ui/);
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'/);
  assert.doesNotMatch(policy, /https:|\*/);
  // Each script and style of the page is served from this origin, and no script stands in the page.
  const names = [...String(body).matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  assert.ok(names.length > 3);
  for (const name of names) {
    assert.doesNotMatch(name, /^(?:https?:)?\/\//);
    const url = new URL(name, 'http://x/docs/');
    await request(daemon).get(url.pathname).expect(200);
  }
  assert.doesNotMatch(body, /<script>/);
  assert.equal((await api.as(undefined).problem.get('/docs/static/nothing.js')).type, '/problems/not-found');
});

test('health needs no token; GET /v1 describes the daemon; POST /v1/drain needs a token', async (t) => {
  const drained: string[] = [];
  let ready = true;
  const { api } = await build(t, {
    health: {
      isDraining: () => false,
      notReady: () => (ready ? undefined : fail('WSASYSNOTREADY', 'WSAStartup')),
      about: () => ({ version: '1' }),
      drain: () => void drained.push('drain'),
    },
  });
  assert.deepEqual(await api.as(undefined).ok.get('/health/live'), { status: 'live' });
  assert.deepEqual(await api.ok.get('/health/ready'), { status: 'ready' });
  assert.deepEqual(await api.ok.get('/v1'), { version: '1' });
  ready = false;
  assert.equal((await api.get('/health/ready')).status, 503);
  assert.equal((await api.get('/v1/drain')).status, 405);
  assert.equal((await api.as(undefined).post('/v1/drain')).status, 401);
  assert.deepEqual(drained, []);
  assert.equal((await api.as(TOKEN).post('/v1/drain')).status, 202);
  assert.deepEqual(drained, ['drain']);
});
