import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from './build.js';
import { checkAnswer } from './client.js';
import { rawExchange } from './raw.js';

test('HEAD is answered wherever GET is, with its fields and without its body', async (t) => {
  const { port } = await build(t);
  const ask = async (method: string, path: string) => {
    const token = `Authorization: Bearer ${TOKEN}\r\n`;
    const [answer] = await rawExchange(
      port,
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${token}Connection: close\r\n\r\n`,
      2, // until the daemon closes: a body would be there
    );
    assert.ok(answer, `${method} ${path}`);
    return answer;
  };
  for (const path of ['/health/live', '/health/ready', '/v1', '/openapi.json', '/problems', '/v1/none']) {
    const [get, head] = [await ask('GET', path), await ask('HEAD', path)];
    assert.equal(head.status, get.status, path);
    assert.equal(head.body, '', path);
    for (const field of ['content-type', 'content-length']) {
      assert.equal(head.headers[field], get.headers[field], `${path} ${field}`);
    }
  }
  const events = await ask('HEAD', '/v1/events');
  assert.equal(events.status, 200);
  assert.match(String(events.headers['content-type']), /^text\/event-stream/);
  checkAnswer(events);
});

test('/ leads to the pages of the reference, without a token', async (t) => {
  const { api } = await build(t);
  const { status, headers } = await api.as(undefined).get('/');
  assert.deepEqual([status, headers.location], [302, '/docs']);
});

test('a load balancer asks for health by HTTP/1.0 without a Host, and for nothing else', async (t) => {
  const { port } = await build(t);
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    const [answer] = await rawExchange(port, `${method} /health/live HTTP/1.0\r\n\r\n`, 2);
    assert.equal(answer?.status, method === 'OPTIONS' ? 405 : 200, method);
  }
  for (const line of ['GET /health/live HTTP/1.1', 'GET /v1 HTTP/1.0', 'GET /health HTTP/1.0']) {
    const [answer] = await rawExchange(port, `${line}\r\nConnection: close\r\n\r\n`, 2);
    assert.equal(answer?.status, 400, line);
  }
});
