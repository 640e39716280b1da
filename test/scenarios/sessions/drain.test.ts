/** How the daemon ends: new work is refused, waits end, every socket closes gracefully. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import { OPERATIONS } from '../../../src/operations/list.js';
import { client } from '../../http/client.js';
import {
  ALICE,
  fillSendBuffer,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  until,
} from '../test-daemon.js';

const native = PROVIDERS[0] ?? 'lab';

describe(`drain on ${native}`, () => {
  test('a peer gets every byte that was sent, then the end and no reset', async (t) => {
    const heard: Buffer[] = [];
    const server = net
      .createServer((socket) => socket.on('data', (chunk) => heard.push(chunk)))
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const connected = once(server, 'connection');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const daemon = await startDaemon(t);
    const socket = await (await startSession(daemon, native)).stream();
    await socket.ok('connect', { address: loopback('AF_INET', address.port) });
    const [peer] = await connected;
    const ended = once(peer, 'end');
    await socket.ok('send', { data: { text: 'sent right before the end' } });
    await daemon.app.drain();
    await ended;
    assert.equal(Buffer.concat(heard).toString(), 'sent right before the end');
  });

  test('a waiting call ends with 503 draining, and so does every new one', async (t) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const daemon = await startDaemon(t);
    const [socket] = await (await startSession(daemon, native)).pair();
    const waiting = socket.problem('recv');
    await socket.untilBusy();
    const draining = daemon.app.drain();
    const problem = await waiting;
    assert.deepEqual([problem.type, problem.status, problem.retryable], ['/problems/draining', 503, true]);
    await draining;
    const late = client(daemon.url, ALICE, { operations: OPERATIONS }).get('/v1/sessions');
    await assert.rejects(late, /ECONNREFUSED/, 'the listener is gone');
    await daemon.app.ended;
    await daemon.app.drain();
  });

  test('a lingering close does not delay the end', async (t) => {
    const daemon = await startDaemon(t, { config: { drainSeconds: 1 } });
    const session = await startSession(daemon, native);
    const [socket, peer] = await session.pair();
    await fillSendBuffer(socket, peer);
    await socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 3_600 } });
    const closing = socket.answer('close');
    await until(() => daemon.app.daemon.sockets.find(socket.id) === undefined, 'the close lingers');
    await daemon.app.drain();
    assert.ok([200, 503].includes((await closing).status));
    assert.ok(peer);
  });
});
