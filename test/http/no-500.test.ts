import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { build, TOKEN } from './build.js';
import { checkAnswer } from './client.js';
import { rawExchange } from './raw.js';

const PATHS = [
  [
    '/docs',
    '/docs/',
    '/docs/static/',
    '/docs/static/index.html',
    '/docs/json',
    '/docs/yaml',
    '/docs/rpc',
    '/openapi.json',
    '/openrpc.json',
  ],
  [
    '/problems',
    '/problems/',
    '/problems/WSAENOTCONN',
    '/v1',
    '/v1/',
    '/v1/events',
    '/v1/sockets/',
    '/health/',
    '/',
  ],
  ['/health/live', '/v1/sockets/sck_1/close', '/v1/startup', ''],
].flat();

// Suffixes that libraries parse: encodings that do not decode, or decode to texts that no file or route has.
const SUFFIXES = [
  [
    '%',
    '%0',
    '%00',
    '%2f',
    '%2e%2e',
    '%5c',
    '%zz',
    '%c0%ae',
    '%ff',
    '%ED%A0%80',
    '%e0%80',
    '%F0%9F%92%A9',
    '%25',
  ],
  ['..', '....//', '//', '/./', '\\', ';', ':', '*', '@', '~', '|', '<', '"', '{', '[', '^', '`'],
  [
    '?',
    '?a=%',
    '?a[b]=1',
    '?__proto__=1',
    '?constructor',
    '?&&==',
    '?%ff=%00',
    '__proto__',
    'constructor',
    'toString',
  ],
  ['index.html', 'swagger-ui.css', '.', ' ', 'a'.repeat(300), '\x80', 'é'],
].flat();

const FIELDS = [
  [
    'Range: bytes=0-0',
    'Range: bytes=9999999999999999999-',
    'Range: bytes=-',
    'Range: bytes=5-1,,',
    'Range: x=1',
  ],
  [
    'Range: bytes=0-,0-,0-,0-',
    'If-Range: "x"',
    'If-Range: %',
    'If-Modified-Since: x',
    'If-Modified-Since: -1',
  ],
  [
    'If-Modified-Since: Mon, 99 Foo 99999 99:99:99 GMT',
    'If-Unmodified-Since: 0',
    'If-None-Match: *',
    'If-None-Match: "',
  ],
  ['If-Match: "none"', 'If-Match: W/', 'Accept: */*;q=x', 'Accept: ,;,;', 'Accept: text/html;q=1e999'],
  [
    'Accept-Encoding: *;q=0',
    'Accept-Encoding: gzip;q=NaN, br;;',
    'Accept-Language: \xff',
    'Last-Event-ID: \xff',
  ],
  ['Content-Type: ;', 'Content-Type: application/json; charset="', 'Origin: null', 'Cookie: %', 'Referer: %'],
  [
    'X-Forwarded-For: %',
    'X-Forwarded-Host: \xff',
    'Forwarded: for=',
    'X-HTTP-Method-Override: \t',
    'Upgrade: x',
  ],
  [
    'Connection: x, y',
    'Connection: close',
    'Content-Length: 0',
    'Expect: 100-continue',
    'Sec-WebSocket-Key: %',
  ],
].flat();

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'];

test('no path, header field or method makes the daemon answer that it has a bug', async (t) => {
  const { port, logged } = await build(t);
  const request = fc.record({
    method: fc.constantFrom(...METHODS),
    path: fc.constantFrom(...PATHS),
    suffixes: fc.array(fc.constantFrom(...SUFFIXES), { maxLength: 4 }),
    fields: fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, suffixes, fields }) => {
      const target = path + suffixes.join('');
      const head = [
        `${method} ${target} HTTP/1.1`,
        `Host: localhost:${port}`,
        `Authorization: Bearer ${TOKEN}`,
        ...fields,
      ];
      // An event stream has no end to wait for.
      fc.pre(!/^\/v1\/events(\?|$)/.test(target) || method !== 'GET');
      const [answer] = await rawExchange(port, Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
      assert.ok(answer, 'the request is answered');
      assert.ok(answer.status < 500 || answer.status === 505 || answer.status === 501, `${answer.status}`);
      if (method !== 'HEAD') checkAnswer(answer);
    }),
    { numRuns: 1500 },
  );
  assert.doesNotMatch(logged.join(''), /failed by a bug/);
});
