/** Requests that open no stream: each is answered by a problem document, and leaves the socket as it was. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { refusedSocket, SUBPROTOCOL, tokenProtocol } from '../rpc/rpc-socket.js';
import { ALICE, BOB, PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';
import { StreamSocket, streamPath } from './stream-socket.js';

const setUp = async (t: TestContext, config = {}) => {
  const daemon = await startDaemon(t, { config });
  const session = await startSession(daemon, PROVIDERS[0] ?? 'lab');
  const [socket, peer] = await session.pair();
  const refused = (options: Parameters<typeof refusedSocket>[1] = {}) =>
    refusedSocket(daemon.url, { path: streamPath(socket.id), ...options });
  return { daemon, session, socket, peer, refused };
};

test('an id is judged as that of any call', async (t) => {
  const { daemon, socket, peer, refused } = await setUp(t);
  const of = async (id: string, options: object = {}) => {
    const { status, body } = await refused({ path: streamPath(id), ...options });
    return [status, body.name, body.reason, body.operation, body.socketId];
  };
  assert.deepEqual(await of('soc_nothing'), [404, 'WSAENOTSOCK', undefined, 'stream', 'soc_nothing']);
  assert.deepEqual(await of(socket.id, { token: BOB }), [404, 'WSAENOTSOCK', undefined, 'stream', socket.id]);
  await peer.ok('close');
  assert.deepEqual(await of(peer.id), [410, 'WSAENOTSOCK', 'closed', 'stream', peer.id]);
  // The router refuses these: Node parses no further request of their connections.
  for (const [id, status] of [
    ['x'.repeat(201), 414],
    ['%zz', 400],
  ] as const) {
    const answer = await refused({ path: streamPath(id) });
    assert.deepEqual([answer.status, answer.headers.connection], [status, 'close']);
  }
  assert.equal(daemon.app.daemon.sockets.find(socket.id)?.lanes.recv.holder, undefined);
});

test('only a connected stream socket has a stream', async (t) => {
  const { session, refused } = await setUp(t);
  const kinds = [
    [await session.stream(), 409, 'WSAENOTCONN'],
    [await session.listener(), 409, 'WSAENOTCONN'],
    [await session.datagram(), 422, 'WSAEOPNOTSUPP'],
  ] as const;
  for (const [{ id }, status, name] of kinds) {
    const answer = await refused({ path: streamPath(id) });
    assert.deepEqual([answer.status, answer.body.name, answer.body.socketId], [status, name, id]);
  }
});

test('the token, Origin and Host are checked as everywhere', async (t) => {
  const { refused } = await setUp(t);
  const wrong = `${ALICE}x`;
  assert.equal((await refused({ token: undefined })).status, 401);
  assert.equal((await refused({ token: wrong })).status, 401);
  assert.equal(
    (await refused({ token: undefined, protocols: [SUBPROTOCOL, tokenProtocol(wrong)] })).status,
    401,
  );
  assert.equal((await refused({ protocols: [SUBPROTOCOL, tokenProtocol(ALICE)] })).status, 400);
  assert.equal((await refused({ protocols: ['other'] })).status, 400);
  assert.equal((await refused({ headers: { origin: 'http://example.com' } })).status, 403);
  assert.equal((await refused({ headers: { host: 'example.com' } })).status, 421);
});

test('query parameters that it does not know are refused', async (t) => {
  const { socket, refused } = await setUp(t);
  for (const query of [
    '?x=1',
    '?closeSocket=1',
    '?closeSocket=true&closeSocket=false',
    '?closesocket=true',
  ]) {
    const { status, body } = await refused({ path: streamPath(socket.id, query) });
    assert.deepEqual([status, body.type], [400, '/problems/validation'], query);
  }
});

test('without Upgrade it is 426; other methods are 405', async (t) => {
  const { daemon, socket } = await setUp(t);
  const path = streamPath(socket.id);
  const { status, body, headers } = await daemon.api.get(path);
  assert.deepEqual([status, body.type, headers.upgrade], [426, '/problems/upgrade-required', 'websocket']);
  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE']) {
    const answer = await fetch(`${daemon.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ALICE}` },
    });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET'], method);
  }
});

test('a stream counts as a WebSocket of its owner', async (t) => {
  const { daemon, socket, peer, refused } = await setUp(t, { limits: { webSocketsPerOwner: 1 } });
  const stream = await StreamSocket.open(t, daemon, peer.id);
  const { status, body } = await refused();
  assert.deepEqual([status, body.type], [429, '/problems/quota']);
  stream.ws.close();
  await stream.closed;
  await StreamSocket.open(t, daemon, socket.id);
});

test('a connection that is gone before its WebSocket opens holds nothing', async (t) => {
  const { daemon, socket } = await setUp(t);
  const { lanes } = daemon.app.daemon.sockets.find(socket.id) ?? assert.fail();
  for (let n = 0; n < 20; n++) {
    const raw = net.connect(daemon.port, '127.0.0.1');
    await once(raw, 'connect');
    raw.write(
      [
        `GET ${streamPath(socket.id)} HTTP/1.1`,
        `Host: 127.0.0.1:${daemon.port}`,
        `Authorization: Bearer ${ALICE}`,
        ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
        ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`, '', ''],
      ].join('\r\n'),
    );
    if (n % 2 === 0) raw.resetAndDestroy();
    else raw.end();
    await daemon.api.ok.get('/health/live');
    await until(() => lanes.send.holder === undefined && lanes.recv.holder === undefined, 'free');
  }
});
