import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from './build.js';
import { checkAnswer } from './client.js';
import { rawExchange } from './raw.js';

test('HEAD is answered on every path that GET has, with the same header fields and no body', async (t) => {
  const { port } = await build(t);
  const ask = async (method: string, path: string) => {
    const token = `Authorization: Bearer ${TOKEN}\r\n`;
    const [answer] = await rawExchange(
      port,
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${token}Connection: close\r\n\r\n`,
      2, // more than there are: reads until the daemon closes, so that a body would be noticed
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

test('only /health/live is answered over HTTP/1.0 without a Host, as load balancers ask', async (t) => {
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
