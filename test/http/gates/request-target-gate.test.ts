import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from '../build.js';
import { rawProblem } from '../raw.js';

test('a target may have 8192 characters, but not more', async (t) => {
  const { port } = await build(t);
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  const target = (length: number): string => `/v1/none?${'a'.repeat(length)}`.slice(0, length);
  await rawProblem(port, `GET ${target(8192)} HTTP/1.1\r\n${head}`, 404);
  await rawProblem(port, `GET ${target(8193)} HTTP/1.1\r\n${head}`, 414);
});

test('a dot segment is refused, however its slashes and dots are encoded', async (t) => {
  const { port } = await build(t);
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  for (const target of ['/v1/../docs', '/v1/..%2fdocs', '/v1%2f../docs', '/v1%2F%2e%2E%2Fdocs', '/v1/..']) {
    const { type } = await rawProblem(port, `GET ${target} HTTP/1.1\r\n${head}`, 400);
    assert.equal(type, '/problems/bad-request', target);
  }
  await rawProblem(port, `GET /v1/..docs HTTP/1.1\r\n${head}`, 404);
});
