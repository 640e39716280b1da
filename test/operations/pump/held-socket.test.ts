import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dispatcher } from '../../../src/operations/dispatch/dispatch.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { HeldSocket, holdSocket, type SocketSupply } from '../../../src/operations/pump/held-socket.js';
import { labDaemon } from '../lab-daemon.js';

/** A daemon with two connected streams of the lab, and what holds its sockets. */
const setUp = async () => {
  const lab = labDaemon();
  const { value, daemon } = lab;
  const { sessionId } = await value('startup', { leaseSeconds: 60 });
  const open = async (type = 'SOCK_STREAM') =>
    String((await value('socket', { sessionId, family: 'AF_INET', type })).socketId);
  const listener = await open();
  const address = { family: 'AF_INET', address: '127.0.0.1', port: 7 };
  await value('bind', { socketId: listener, address });
  await value('listen', { socketId: listener });
  const client = await open();
  const connecting = value('connect', { socketId: client, address });
  const peer = String((await value('accept', { socketId: listener })).socketId);
  await connecting;
  const { dispatch } = new Dispatcher(daemon, OPERATIONS, { unstated: () => {}, lostHandle: () => {} });
  const supply: SocketSupply = {
    dispatch,
    clock: daemon.clock,
    rooms: daemon.rooms,
    findSocket: (id) => daemon.sockets.find(id),
    endSocket: (socket) => daemon.sockets.end(socket, 'closed').endLinger('abort'),
  };
  const hold = (socketId: string, owner = 'alice') =>
    holdSocket(supply, { owner, socketId, requestId: 'req-1', pump: { name: 'a test' } });
  /** The code or the refusal of a socket that is not held. */
  const refused = async (socketId: string, owner?: string) => {
    const held = await hold(socketId, owner);
    assert.ok(!(held instanceof HeldSocket));
    return 'refusal' in held.answer ? held.answer.refusal : held.answer.code;
  };
  const held = async (socketId: string) => {
    const got = await hold(socketId);
    assert.ok(got instanceof HeldSocket);
    return got;
  };
  return { ...lab, sessionId: String(sessionId), open, listener, client, peer, held, refused };
};

test('only a connected stream socket of the owner is held, and once', async () => {
  const { open, listener, client, held, refused } = await setUp();
  assert.equal(await refused('sck_none'), 10038);
  assert.equal(await refused(client, 'bob'), 10038);
  assert.equal(await refused(await open()), 10057);
  assert.equal(await refused(listener), 10057);
  assert.equal(await refused(await open('SOCK_DGRAM')), 10045);
  const first = await held(client);
  assert.equal(await refused(client), 'in-use');
  first.end();
  (await held(client)).end();
});

test('it keeps the lease until it ends, and a refused one keeps none', async () => {
  const { clock, daemon, sessionId, client, listener, held, refused } = await setUp();
  await refused(listener);
  const connections = () => daemon.sessions.findOfAnyOwner(sessionId)?.connections.size;
  assert.equal(connections(), 0);
  const one = await held(client);
  assert.equal(connections(), 1);
  clock.advance(120_000);
  assert.equal(connections(), 1);
  one.endReceiving();
  clock.advance(60_000);
  assert.equal(connections(), undefined);
});

test('its calls act on the socket: shutdown, disconnect data, close', async () => {
  const { client, peer, held, refused } = await setUp();
  const one = await held(client);
  assert.equal(one.isSendingOver, false);
  assert.ok((await one.sendDisconnect({ disconnectData: { text: 'bye' } })).ok);
  assert.ok(one.isSendingOver);
  const other = await held(peer);
  assert.deepEqual(await other.disconnectData(), {
    ok: true,
    value: { disconnectData: { base64: 'Ynll', len: 3 } },
  });
  const wrong = await other.sendDisconnect({ socketId: client, x: 1 });
  assert.ok(!wrong.ok && 'refusal' in wrong && wrong.refusal === 'validation');
  assert.ok((await other.shutdown()).ok);
  await one.close();
  assert.equal(await refused(client), 10038);
});

test('a reset is seen by the peer', async () => {
  const { call, client, peer, held } = await setUp();
  const one = await held(client);
  one.end();
  await one.reset();
  const { answer } = await call('recv', { socketId: peer });
  assert.ok(!answer.ok && 'code' in answer);
  assert.equal(answer.code, 10054);
});

test('a close lingers also in non-blocking mode, and keeps no session alive', async () => {
  const { value, clock, daemon, sessionId, client, held } = await setUp();
  const linger = { linger: { onoff: true, linger: 3600 } };
  await value('setSockOpt', { socketId: client, level: 'SOL_SOCKET', name: 'SO_LINGER', value: linger });
  await value('ioctl', { socketId: client, request: 'FIONBIO', value: 1 });
  // More than the peer receives.
  await value('send', { socketId: client, data: { text: 'x'.repeat(100_000) } });
  const one = await held(client);
  one.end();
  const closing = one.close();
  await new Promise(setImmediate);
  assert.equal(daemon.sockets.closings().length, 1);
  clock.advance(60_000);
  assert.equal(daemon.sessions.findOfAnyOwner(sessionId), undefined);
  await closing;
});

test('a socket whose close a fault fails ends all the same', async () => {
  const { value, daemon, sessionId, client, held } = await setUp();
  const fault = { operation: 'close', effect: 'fail', code: 'WSAENETDOWN' };
  await value('armFault', { sessionId, socketId: client, ...fault });
  const one = await held(client);
  one.end();
  await one.reset();
  assert.equal(daemon.sockets.find(client), undefined);
});
