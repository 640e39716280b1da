import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { isWine } from '../../is-wine.js';
import { build, TOKEN } from '../build.js';
import { checkAnswer } from '../client.js';
import { rawExchange, rawProblem } from '../raw.js';

const AUTH = `Authorization: Bearer ${TOKEN}\r\n`;
const head = (port: number, line: string): string => `${line}\r\nHost: 127.0.0.1:${port}\r\n${AUTH}`;
const CLOSE = '/v1/sockets/sck_1/close';

// Requests that the parser refuses, and others that a library would not send.
// biome-ignore format: one probe a line
const PROBES: readonly [string, number, (port: number) => string | Buffer][] = [
  ['a request line without structure', 400, () => 'NONSENSE\r\n\r\n'],
  ['an unknown method', 400, (port) => `${head(port, 'BREW /v1 HTTP/1.1')}\r\n`],
  ['an unknown protocol', 400, (port) => `${head(port, 'GET /v1 FTP/1.1')}\r\n`],
  ['HTTP/2 without negotiation', 505, () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['another version', 505, (port) => `${head(port, 'GET /v1 HTTP/2.0')}\r\n`],
  ['a version that the parser does not know', 505, (port) => `${head(port, 'GET /v1 HTTP/3.0')}\r\n`],
  ['no version', 505, () => 'GET /v1\r\n\r\n'],
  ['a space behind the version', 400, (port) => `${head(port, 'GET /v1 HTTP/1.1 ')}\r\n`],
  ['another coding below chunked', 501, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['another coding below chunked, in two fields', 501, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a last coding that is not chunked', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
  ['a coding without chunked', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n`],
  ['a transfer coding in HTTP/1.0', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.0`)}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['the hello of a TLS client', 400, () => Buffer.from('16030100a5010000a10303', 'hex')],
  ['the protocol of another server', 400, () => '*1\r\n$4\r\nPING\r\n'],
  ['a NUL in the target', 400, (port) => `${head(port, 'GET /v1\0 HTTP/1.1')}\r\n`],
  ['a header without a colon', 400, (port) => `${head(port, 'GET /v1 HTTP/1.1')}nocolon\r\n\r\n`],
  ['a space before the colon', 400, (port) => `${head(port, 'GET /v1 HTTP/1.1')}X-A : 1\r\n\r\n`],
  ['both Content-Length and Transfer-Encoding', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two different lengths', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
  ['a list of lengths', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Content-Length: 2,2\r\n\r\n{}`],
  ['a signed length', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Content-Length: +2\r\n\r\n{}`],
  ['a chunk size that is no number', 400, (port) => `${head(port, `POST ${CLOSE} HTTP/1.1`)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`],
  ['header fields over the limit', 431, (port) => `${head(port, 'GET /v1 HTTP/1.1')}X-Big: ${'a'.repeat(20_000)}\r\n\r\n`],
  ['very many header fields', 431, (port) => `${head(port, 'GET /v1 HTTP/1.1')}${'X-A: 1\r\n'.repeat(10_000)}\r\n`],
  ['a request line over the limit of the parser', 414, (port) => `${head(port, `GET /${'a'.repeat(20_000)} HTTP/1.1`)}\r\n`],
  ['a target over the limit', 414, (port) => `${head(port, `GET /${'a'.repeat(9_000)} HTTP/1.1`)}\r\n`],
  ['an expectation', 417, (port) => `${head(port, 'GET /v1 HTTP/1.1')}Expect: foo\r\n\r\n`],
  ['CONNECT', 405, (port) => `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`],
  ['a path that does not decode', 400, (port) => `${head(port, 'GET /v1/%zz HTTP/1.1')}\r\n`],
  ['an encoded dot segment', 400, (port) => `${head(port, 'GET /v1/%2e%2e/x HTTP/1.1')}\r\n`],
  ['a dot segment', 400, (port) => `${head(port, 'GET /v1/../x HTTP/1.1')}\r\n`],
  ['a file of /docs with a NUL in its name', 404, (port) => `${head(port, 'GET /docs/static/%00 HTTP/1.1')}\r\n`],
  ['a file of /docs behind backslashes', 404, (port) => `${head(port, 'GET /docs/static/..%5c..%5cpackage.json HTTP/1.1')}\r\n`],
  ['a file of /docs behind dots', 404, (port) => `${head(port, 'GET /docs/static/....//package.json HTTP/1.1')}\r\n`],
  ['a second Host behind 3,000 fields', 400, (port) => `${head(port, 'GET /health/live HTTP/1.1')}${'a:\r\n'.repeat(3000)}Host: evil\r\n\r\n`],
  ['a fragment', 400, (port) => `${head(port, 'GET /v1#x HTTP/1.1')}\r\n`],
  ['a path parameter over the limit', 414, (port) => `${head(port, `POST /v1/sockets/${'a'.repeat(300)}/close HTTP/1.1`)}\r\n`],
  ['a method of WebDAV', 405, (port) => `${head(port, `PROPFIND ${CLOSE} HTTP/1.1`)}\r\n`],
  ['TRACE', 405, (port) => `${head(port, `TRACE ${CLOSE} HTTP/1.1`)}\r\n`],
  ['OPTIONS of everything', 404, (port) => `${head(port, 'OPTIONS * HTTP/1.1')}\r\n`],
  ['an upgrade to a protocol that is not spoken', 404, (port) => `${head(port, 'GET /v1/none HTTP/1.1')}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
];

test('an invalid request is answered with a problem document', async (t) => {
  const { port, calls, api } = await build(t);
  for (const [name, status, bytes] of PROBES) {
    await t.test(`${name}: ${status}`, async () => {
      await rawProblem(port, bytes(port), status);
    });
  }
  await t.test('no invalid request reaches an operation, and the daemon still answers', async () => {
    assert.equal(calls.length, 0);
    await api.ok.post(CLOSE);
  });
});

// Node's parser accepts and discards them, which https://www.rfc-editor.org/rfc/rfc9112#section-3 allows.
test('several spaces in the request line are read as one', async (t) => {
  const { port, calls } = await build(t);
  for (const line of [`POST  ${CLOSE} HTTP/1.1`, `POST ${CLOSE}  HTTP/1.1`, `POST   ${CLOSE}   HTTP/1.1`]) {
    const [answer] = await rawExchange(port, `${head(port, line)}\r\n`);
    assert.equal(answer?.status, 200, line);
  }
  assert.deepEqual(
    calls.map(({ params }) => params),
    Array(3).fill({ socketId: 'sck_1' }),
  );
  // No space is part of the path.
  await rawProblem(port, `${head(port, `GET  ${CLOSE} x HTTP/1.1`)}\r\n`, 400);
});

test('a folded header line is refused or read as one line, never as a field of its own', async (t) => {
  const { port } = await build(t);
  const [answer] = await rawExchange(
    port,
    `${head(port, 'GET /v1 HTTP/1.1')}X-A: 1\r\n Origin: http://evil.example\r\n\r\n`,
  );
  assert.ok(answer?.status === 400 || answer?.status === 200, String(answer?.status));
});

test('bare line feeds do not make a second request', async (t) => {
  const { port, calls } = await build(t);
  await rawProblem(
    port,
    `${head(port, `POST ${CLOSE} HTTP/1.1`).replaceAll('\r\n', '\n')}\nPOST ${CLOSE} HTTP/1.1\n\n`,
    400,
  );
  assert.equal(calls.length, 0);
});

test('a megabyte that is not HTTP is refused, and the daemon still answers', async (t) => {
  const { port, api } = await build(t);
  const bytes = Buffer.alloc(1 << 20, 'Ü\x03\xff');
  const answers = await rawExchange(port, bytes);
  assert.ok(answers.every((answer) => answer.status === 400 || answer.status === 431));
  await api.ok.get('/health/live');
});

test('a request that does not arrive in time is answered 408', async (t) => {
  const { port } = await build(t, { timeouts: { headers: 100, request: 200, check: 50 } });
  await rawProblem(port, 'GET /v1 HTTP/1.1\r\nHost: x', 408);
  await rawProblem(
    port,
    `${head(port, `POST ${CLOSE} HTTP/1.1`)}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
    408,
  );
});

test('a request that expects 100-continue is answered', async (t) => {
  const { port } = await build(t);
  const body = 'Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}';
  const request = `${head(port, `POST ${CLOSE} HTTP/1.1`)}${body}`;
  const [answer] = await rawExchange(port, request);
  assert.equal(answer?.status, 200);
});

test('a parse error behind a pending request is not the answer of that request', async (t) => {
  const { port, settled } = await build(t, { answers: { close: () => new Promise(() => undefined) } });
  const answers = await rawExchange(port, `${head(port, `POST ${CLOSE} HTTP/1.1`)}\r\nNONSENSE\r\n\r\n`);
  assert.deepEqual(
    answers.filter(({ status }) => status < 400),
    [],
  );
  assert.deepEqual(settled, []);
});

test('a parse error behind a pending and a finished request is answered instead of both', async (t) => {
  const answers = { close: () => new Promise<never>(() => undefined) };
  const { port } = await build(t, { answers });
  const connection = connect(t, port);
  connection.write(
    `${head(port, `POST ${CLOSE} HTTP/1.1`)}\r\n${head(port, 'GET /v1 HTTP/1.1')}\r\nNONSENSE\r\n\r\n`,
  );
  await connection.closed;
  assert.deepEqual(connection.heads(), ['HTTP/1.1 400']);
});

test('bytes behind a request that closes its connection are ignored, and it is answered', async (t) => {
  const { port, calls, settled } = await build(t);
  const last = `${head(port, `POST ${CLOSE} HTTP/1.1`)}Connection: close\r\n\r\n`;
  for (const behind of [last, 'NONSENSE', '\r\n']) {
    const connection = connect(t, port);
    connection.write(last + behind);
    await connection.closed;
    assert.deepEqual(connection.heads(), ['HTTP/1.1 200']);
  }
  assert.equal(calls.length, 3);
  assert.deepEqual(settled, [true, true, true]);
});

test('a parse error behind an answered request is answered', async (t) => {
  const { port } = await build(t);
  const connection = connect(t, port);
  connection.write(`${head(port, 'GET /v1 HTTP/1.1')}\r\n`);
  await connection.until('{}');
  connection.write('NONSENSE\r\n\r\n');
  await connection.closed;
  assert.deepEqual(connection.heads(), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});

const partialWrites = {
  skip: isWine() && 'Wine takes an answer of any size at once, so none is partly written',
};

test(
  'a parse error while an answer is partly written ends the answer, and writes nothing into it',
  partialWrites,
  async (t) => {
    const value = { text: 'a'.repeat(64 << 20) };
    const answers = { close: () => ({ answer: { ok: true, value } }) as const };
    const { port, app, calls } = await build(t, { answers });
    const connection = connect(t, port);
    connection.socket.pause();
    connection.write(`${head(port, `POST ${CLOSE} HTTP/1.1`)}\r\n`);
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    connection.write('NONSENSE\r\n\r\n');
    // The client does not read the large answer, so the error occurs in its middle.
    await once(app.server, 'clientError');
    connection.socket.resume();
    await connection.closed;
    assert.deepEqual(connection.heads(), ['HTTP/1.1 200']);
    assert.ok(connection.received().length < value.text.length);
  },
);

for (const [name, behind] of [
  ['alone', ''],
  ['with a pending request behind it', `POST ${CLOSE} HTTP/1.1`],
] as const) {
  test(`a parse error ends an open event stream, and writes nothing into it: ${name}`, async (t) => {
    const answers = { close: () => new Promise<never>(() => undefined) };
    const { port } = await build(t, { answers });
    const connection = connect(t, port);
    connection.write(`${head(port, 'GET /v1/events HTTP/1.1')}\r\n${behind && `${head(port, behind)}\r\n`}`);
    await connection.until(': winsockd events\n\n');
    connection.write('NONSENSE\r\n\r\n');
    await connection.closed;
    assert.deepEqual(connection.heads(), ['HTTP/1.1 200']);
  });
}

test('CONNECT ends an open event stream, and writes nothing into it', async (t) => {
  const { port } = await build(t);
  const connection = connect(t, port);
  connection.write(`${head(port, 'GET /v1/events HTTP/1.1')}\r\n`);
  await connection.until(': winsockd events\n\n');
  connection.write('CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n');
  await connection.closed;
  assert.deepEqual(connection.heads(), ['HTTP/1.1 200']);
});

/** A connection that records all that it receives. */
const connect = (t: TestContext, port: number) => {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined).setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
  });
  /** Resolves when a text was received; rejects when the connection closes before. */
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (received.includes(text)) resolve();
      };
      check();
      socket.on('data', check).once('close', () => reject(new Error(`closed after: ${received}`)));
    });
  return {
    socket,
    closed,
    until,
    write: (text: string) => socket.write(text),
    received: () => received,
    /** The status lines received. */
    heads: () => received.match(/HTTP\/1\.1 \d+/g),
  };
};

test('connections that are reset at once do not remain open at the daemon', async (t) => {
  const { port, app } = await build(t);
  for (let i = 0; i < 20; i++) {
    await new Promise<void>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.resetAndDestroy());
      socket.once('close', () => resolve());
    });
  }
  const count = await new Promise<number>((resolve, reject) => {
    const check = (): void => {
      app.server.getConnections((error, open) =>
        error ? reject(error) : open === 0 ? resolve(0) : setImmediate(check),
      );
    };
    check();
  });
  assert.equal(count, 0);
});

test('a client that resets its connection behind CONNECT does not end the process', async (t) => {
  const { port, app, api } = await build(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`CONNECT x:1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const [request] = (await once(app.server, 'connect')) as [IncomingMessage];
  const closed = new Promise((resolve) => request.socket.once('close', resolve));
  socket.resetAndDestroy();
  await closed;
  await api.ok.get('/health/live');
});

test('closing does not wait for a client that never finishes its request', async (t) => {
  const { port, app, listeners } = await build(t, { closeGraceMs: 50 });
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const fields = 'Content-Type: application/json\r\nContent-Length: 10\r\n';
  const start = `${head(port, `POST ${CLOSE} HTTP/1.1`)}${fields}`;
  await new Promise<void>((resolve) => socket.write(start, () => resolve()));
  await app.inject({ url: '/health/live', headers: { host: `127.0.0.1:${port}` } });
  const started = performance.now();
  await listeners.close();
  assert.ok(performance.now() - started < 10_000);
  socket.destroy();
});

test('every answer is complete, whatever bytes are sent', async (t) => {
  const { port } = await build(t, {
    timeouts: { headers: 100, request: 100, check: 20 },
    limits: { callBodyBytes: 64 },
  });
  const fields = 'Content-Type: application/json\r\nContent-Length: 8\r\n';
  const valid = `${head(port, `POST ${CLOSE} HTTP/1.1`)}${fields}\r\n{"a": 1}`;
  const piece = fc.constantFrom(
    '\r\n',
    '\n',
    '\0',
    ' ',
    ':',
    '{',
    '"',
    '%',
    '/',
    '..',
    '#',
    'HTTP/1.0',
    'é',
    'a'.repeat(9000),
  );
  const edit = fc.record({ at: fc.nat(valid.length), cut: fc.nat(4), piece });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const bytes = edits.reduce(
        (text, { at, cut, piece: inserted }) => text.slice(0, at) + inserted + text.slice(at + cut),
        valid,
      );
      for (const answer of await rawExchange(port, bytes)) checkAnswer(answer);
    }),
    { numRuns: 300 },
  );
});
