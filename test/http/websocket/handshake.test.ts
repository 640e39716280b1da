/** Which requests become a WebSocket, and how all others are refused: before the 101, by a problem document. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { RpcSocket, refusedSocket, SUBPROTOCOL, tokenProtocol } from '../../scenarios/rpc/rpc-socket.js';
import { type BuildOptions, type Built, build, TOKEN } from '../build.js';
import { client } from '../client.js';
import { rawExchange, rawProblem } from '../raw.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** The fields of a request for a WebSocket, without Host. */
const FIELDS: Readonly<Record<string, string>> = {
  Authorization: `Bearer ${TOKEN}`,
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': KEY,
  'Sec-WebSocket-Protocol': SUBPROTOCOL,
};

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** The text of a request; fields with an empty value are left out. */
const requestText = (
  { port }: Pick<Built, 'port'>,
  fields: Readonly<Record<string, string>> = {},
  line = 'GET /v1/rpc HTTP/1.1',
): string => {
  const all = { Host: `127.0.0.1:${port}`, ...FIELDS, ...fields };
  const lines = Object.entries(all).filter(([, value]) => value !== '');
  return `${line}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
};

const statusOf = async (url: string, options: Parameters<typeof refusedSocket>[1]): Promise<number> =>
  (await refusedSocket(url, options)).status;

/** Builds a server whose log has every level, and checks that nothing in it has the token. */
const buildWithLog = async (t: TestContext, options: BuildOptions = {}): Promise<Built> => {
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const built = await build(t, { log, ...options });
  t.after(() => {
    const secrets = [TOKEN, tokenProtocol(TOKEN), Buffer.from(TOKEN).toString('base64url')];
    for (const line of logged) {
      for (const secret of secrets) assert.ok(!line.includes(secret), `the log has a token: ${line}`);
    }
  });
  return built;
};

test('a token in Authorization opens a WebSocket, as does one among the subprotocols', async (t) => {
  const built = await buildWithLog(t);
  const [program] = await rawExchange(built.port, requestText(built));
  const offered = `${tokenProtocol(TOKEN)}, ${SUBPROTOCOL}`;
  const [page] = await rawExchange(
    built.port,
    requestText(built, { Authorization: '', 'Sec-WebSocket-Protocol': offered }),
  );
  for (const answer of [program, page]) {
    assert.ok(answer);
    assert.equal(answer.status, 101);
    assert.equal(answer.headers['sec-websocket-protocol'], SUBPROTOCOL);
    assert.equal(answer.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(answer.headers['sec-websocket-extensions'], undefined);
    assert.doesNotMatch(JSON.stringify(answer), /winsockd\.token/);
  }
});

test('without a known token the answer is 401, and names no token', async (t) => {
  const { url } = await buildWithLog(t);
  const wrong = 'another-token-0123456789';
  for (const options of [
    { token: undefined },
    { token: wrong },
    { token: undefined, protocols: [SUBPROTOCOL, tokenProtocol(wrong)] },
    { token: undefined, protocols: [SUBPROTOCOL, 'winsockd.token.'] },
  ]) {
    const { status, headers, body } = await refusedSocket(url, options);
    assert.equal(status, 401);
    assert.equal(headers['www-authenticate'], 'Bearer realm="winsockd"');
    assert.equal(headers['sec-websocket-protocol'], undefined);
    assert.doesNotMatch(JSON.stringify(body), /another-token/);
  }
});

test('a token among the subprotocols of another request is none', async (t) => {
  const built = await buildWithLog(t);
  const fields = { Authorization: '', Upgrade: '', 'Sec-WebSocket-Protocol': tokenProtocol(TOKEN) };
  await rawProblem(built.port, requestText(built, fields), 401);
  await rawProblem(built.port, requestText(built, { ...fields, Upgrade: 'h2c' }), 401);
});

test('two tokens are refused, wherever they are', async (t) => {
  const { url } = await buildWithLog(t);
  const token = tokenProtocol(TOKEN);
  assert.equal(await statusOf(url, { protocols: [SUBPROTOCOL, token] }), 400);
  const protocols = [SUBPROTOCOL, token, tokenProtocol('b')];
  assert.equal(await statusOf(url, { token: undefined, protocols }), 400);
});

test('the subprotocol must be offered', async (t) => {
  const { url } = await buildWithLog(t);
  assert.equal(await statusOf(url, { protocols: [] }), 400);
  assert.equal(await statusOf(url, { protocols: ['winsockd.v2'] }), 400);
  assert.equal(await statusOf(url, { token: undefined, protocols: [tokenProtocol(TOKEN)] }), 400);
});

test('a list of subprotocols that is none, or names one twice, gets a problem document', async (t) => {
  const built = await buildWithLog(t);
  for (const offered of [`${SUBPROTOCOL}, ${SUBPROTOCOL}`, `${SUBPROTOCOL},`, `a b, ${SUBPROTOCOL}`, ',']) {
    await rawProblem(built.port, requestText(built, { 'Sec-WebSocket-Protocol': offered }), 400);
  }
});

test('Host and Origin are judged as for REST', async (t) => {
  const built = await buildWithLog(t, { allowedOrigins: ['https://page.example'] });
  const { url, port } = built;
  const origin = (value: string) => ({ headers: { origin: value } });
  assert.equal(await statusOf(url, origin('https://other.example')), 403);
  assert.equal(await statusOf(url, origin('null')), 403);
  assert.equal(await statusOf(url, { headers: { host: 'other.example' } }), 421);
  for (const own of [`http://127.0.0.1:${port}`, 'https://page.example']) {
    (await RpcSocket.open(t, { url }, origin(own))).ws.close();
  }
});

test('a request without Upgrade, or for another version, is told what to ask for', async (t) => {
  const built = await buildWithLog(t);
  const cases = [
    { Upgrade: '', Connection: '' },
    { Upgrade: 'h2c' },
    { 'Sec-WebSocket-Version': '12' },
    { 'Sec-WebSocket-Version': '8' },
    { 'Sec-WebSocket-Version': '' },
  ];
  for (const fields of cases) {
    const [answer] = await rawExchange(built.port, requestText(built, fields));
    assert.ok(answer);
    const { status, headers, body } = answer;
    assert.deepEqual([status, headers.upgrade], [426, 'websocket'], JSON.stringify(body));
    assert.equal(headers['sec-websocket-version'], '13');
    assert.match(String(headers.connection), /upgrade/i);
  }
  assert.equal((await built.api.get('/v1/rpc')).status, 426);
});

test('an absolute target is no place of a WebSocket', async (t) => {
  const built = await buildWithLog(t);
  const line = `GET http://127.0.0.1:${built.port}/v1/rpc HTTP/1.1`;
  await rawProblem(built.port, requestText(built, {}, line), 426);
});

test('a bad key, a body, another method', async (t) => {
  const built = await buildWithLog(t);
  for (const key of ['', 'short', `${KEY}=`, 'dGhlIHNhbXBsZSBub25jZR==']) {
    await rawProblem(built.port, requestText(built, { 'Sec-WebSocket-Key': key }), 400);
  }
  await rawProblem(built.port, `${requestText(built, { 'Content-Length': '2', ...JSON_TYPE })}{}`, 400);
  await rawProblem(built.port, `${requestText(built, { 'Content-Length': '2', ...JSON_TYPE })}`, 400);
  const chunked = requestText(built, { 'Transfer-Encoding': 'chunked', ...JSON_TYPE });
  await rawProblem(built.port, `${chunked}2\r\n{}\r\n0\r\n\r\n`, 400);
  await rawProblem(built.port, requestText(built, {}, 'PUT /v1/rpc HTTP/1.1'), 405);
});

test('the connection of a refused WebSocket is closed, and its answer says so', async (t) => {
  const built = await buildWithLog(t);
  const { port } = built;
  for (const fields of [{ Authorization: 'Bearer no' }, { 'Sec-WebSocket-Key': 'no' }]) {
    const request = requestText(built, fields);
    const answers = await rawExchange(port, `${request}${request}`, 2);
    assert.equal(answers.length, 1);
    assert.match(String(answers[0]?.headers.connection), /\bclose\b/);
  }
});

test('an owner has at most so many WebSockets, also when many are opened at once', async (t) => {
  const most = 64;
  const { url } = await buildWithLog(t, {
    tokens: [
      { name: 'alice', token: TOKEN },
      { name: 'bob', token: 'token-of-bob-0123456789' },
    ],
  });
  const open = await Promise.all(Array.from({ length: most }, () => RpcSocket.open(t, { url })));
  const { status, body } = await refusedSocket(url);
  assert.deepEqual([status, body.type], [429, '/problems/quota']);
  (await RpcSocket.open(t, { url }, { token: 'token-of-bob-0123456789' })).ws.close();
  const [first] = open;
  assert.ok(first);
  first.ws.close();
  await first.closed;
  await RpcSocket.open(t, { url });
  const tries = await Promise.allSettled(Array.from({ length: 3 }, () => refusedSocket(url)));
  assert.ok(tries.every((one) => one.status === 'fulfilled'));
});

test('while the daemon drains, no WebSocket is opened', async (t) => {
  const health = {
    isDraining: () => true,
    notReady: () => undefined,
    about: () => ({}),
    drain: () => undefined,
  };
  const { url } = await buildWithLog(t, { health });
  assert.equal(await statusOf(url, {}), 503);
});

test('other requests with an Upgrade field are ordinary ones, and their connection stays', async (t) => {
  const built = await buildWithLog(t);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const api = client(built.url, TOKEN, { agent });
  const ports = new Set<number | undefined>();
  agent.on('free', (socket: net.Socket) => ports.add(socket.localPort));
  for (const upgrade of ['h2c', 'websocket']) {
    // Java's HttpClient sends HTTP2-Settings too.
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade, 'http2-settings': 'AAEAAEAAAAIAAAAB' };
    for (let i = 0; i < 3; i++) {
      await api.ok.post('/v1/sockets/s/close', {}, { headers });
      await api.ok.get('/health/live', { headers });
      assert.equal((await api.ok.post('/v1/rpc', {}, { headers })).error.code, -32600);
      await api.ok.post('/v1/startup', undefined, { headers });
    }
  }
  assert.equal(
    (await api.get('/v1/rpc', { headers: { connection: 'Upgrade', upgrade: 'h2c' } })).status,
    426,
  );
  assert.equal(ports.size, 1);
});

/** A masked frame of a client: an unfragmented text of fewer than 126 bytes. */
const textFrame = (text: string): Buffer => {
  const payload = Buffer.from(text);
  // A mask of zeros changes nothing.
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
};

/** What comes until the text does. */
const receivedUntil = async (socket: net.Socket, text: string): Promise<string> => {
  socket.setTimeout(10_000, () => socket.destroy());
  let received = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += chunk.toString('latin1');
    if (received.includes(text)) return received;
  }
  return received;
};

test('frames that arrive with the request, before the 101, are read', async (t) => {
  const built = await buildWithLog(t);
  const socket = net.connect(built.port, '127.0.0.1');
  t.after(() => socket.destroy());
  const call = '{"jsonrpc":"2.0","id":"early","method":"rpc.cancel","params":{"id":1}}';
  socket.write(Buffer.concat([Buffer.from(requestText(built)), textFrame(call), textFrame(call)]));
  const received = await receivedUntil(socket, 'cancelled');
  assert.match(received, /^HTTP\/1\.1 101 /);
  assert.match(received, /"id":"early","result":\{"cancelled":false\}/);
});

test('a request behind a pending call does not become a WebSocket: it is refused in its turn', async (t) => {
  let end = (): void => undefined;
  const pending = new Promise<void>((resolve) => {
    end = resolve;
  });
  let calls = 0;
  const built = await buildWithLog(t, {
    answers: {
      close: async () => {
        if (++calls === 1) await pending;
        return {};
      },
    },
  });
  const socket = net.connect(built.port, '127.0.0.1');
  t.after(() => socket.destroy());
  const fields = { Upgrade: '', Connection: '', 'Content-Type': 'application/json', 'Content-Length': '2' };
  const post = `${requestText(built, fields, 'POST /v1/sockets/s/close HTTP/1.1')}{}`;
  socket.write(`${post}${requestText(built)}`);
  await once(socket, 'ready');
  // A WebSocket would be opened at once.
  await built.api.ok.get('/health/live');
  end();
  let received = await receivedUntil(socket, '426');
  socket.write(post);
  received += await receivedUntil(socket, '200');
  assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 426', 'HTTP/1.1 200']);
});

test('a client that has gone before the 101 leaves nothing behind', async (t) => {
  const built = await buildWithLog(t, { limits: { webSocketsPerOwner: 1 } });
  for (let i = 0; i < 10; i++) {
    const socket = net.connect(built.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(requestText(built));
    socket.resume();
    await once(socket, 'close');
  }
  await RpcSocket.open(t, built);
});
