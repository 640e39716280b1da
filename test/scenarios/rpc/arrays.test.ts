/** Arrays of JSON-RPC: several calls in one request. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { loopback, PROVIDERS, startDaemon, startSession, textOf, until } from '../test-daemon.js';
import { cutBeforeReply, post } from '../transfer/lost-replies.js';
import { rpcArray, rpcRequest } from './rpc-client.js';

const READY_MS = 10_000;

for (const provider of PROVIDERS) {
  describe(`arrays on ${provider}`, () => {
    test('two receives of one socket in one array both answer at once', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      for (const nonBlocking of [0, 1]) {
        await server.ok('ioctl', { request: 'FIONBIO', value: nonBlocking });
        await client.ok('send', { data: { text: 'ab' } });
        await server.untilAvailable(2);
        const one = { socketId: server.id, maxBytes: 1 };
        const answers = await rpcArray(daemon.api, [
          ['recv', one],
          ['recv', one],
        ]);
        assert.deepEqual(
          answers.map(({ result }) => textOf(result)),
          ['a', 'b'],
        );
      }
    });

    test('a call that waits for a later one of its array', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const [received, sent] = await rpcArray(daemon.api, [
        ['recv', { socketId: server.id, timeoutMs: READY_MS }],
        ['send', { socketId: client.id, data: { text: 'later' } }],
      ]);
      assert.equal(textOf(received?.result), 'later');
      assert.deepEqual(sent?.result, { bytesSent: 5 });
    });

    test('an array that is lost: what it made ends, and received bytes do not go back', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const peer = await session.stream();
      await peer.ok('connect', { address });
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'lost' } });
      await server.untilAvailable(4);
      await session.ok('select', { read: [listener.id], timeoutMs: READY_MS });
      const before = daemon.app.daemon.sockets.size;
      const sessions = daemon.app.daemon.sessions.size;
      const idle = await session.stream();

      const connection = post(daemon, '/v1/rpc', [
        rpcRequest('startup', {}, 1),
        rpcRequest('socket', { sessionId: session.id, provider }, 2),
        rpcRequest('accept', { socketId: listener.id }, 3),
        rpcRequest('recv', { socketId: server.id }, 4),
        rpcRequest('recv', { socketId: server.id }, 5),
      ]);
      await server.untilBusy();
      assert.equal(daemon.app.daemon.sockets.size, before + 3);
      assert.equal(daemon.app.daemon.sessions.size, sessions + 1);
      connection.resetAndDestroy();

      await until(() => daemon.app.daemon.sockets.size === before + 1, 'the new sockets have ended');
      await until(() => daemon.app.daemon.sessions.size === sessions, 'the new session has ended');
      assert.equal((await peer.ok('recv', { timeoutMs: READY_MS })).eof, true);
      await client.ok('send', { data: { text: 'next' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'next');
      assert.equal((await idle.info()).state, 'fresh');
      const { entries } = await daemon.api.ok.get(`${session.path}/journal?limit=500`);
      const lost = entries.filter((one: Body) => one.undelivered === true);
      assert.deepEqual(
        lost.map((one: Body) => one.operation),
        ['socket', 'accept', 'recv', 'recv'],
      );
      // The one that still waited is given up as over REST.
      assert.deepEqual(
        lost.map((one: Body) => one.collected),
        [true, true, true, undefined],
      );
      const repetition = await daemon.api.ok.get(`/v1/sockets/${server.id}/journal.py`);
      assert.match(repetition, /Its answer was not delivered, but the call had its effect\./);
    });

    test('the client resets while two calls wait: both end, and arrived bytes stay', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const pairs = [await session.pair(), await session.pair()] as const;
      const before = daemon.app.daemon.sockets.size;
      const connection = post(daemon, '/v1/rpc', [
        ...pairs.map(([, server], id) => rpcRequest('recv', { socketId: server.id }, id)),
        rpcRequest('socket', { sessionId: session.id, provider }, 2),
      ]);
      for (const [, server] of pairs) await server.untilBusy();
      await until(() => daemon.app.daemon.sockets.size === before + 1, 'the third call has ended');
      connection.resetAndDestroy();
      for (const [client, server] of pairs) {
        await server.untilIdle();
        await client.ok('send', { data: { text: 'stays' } });
        assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'stays');
      }
      await until(() => daemon.app.daemon.sockets.size === before, 'the new socket has ended');
    });

    test('a batch in an array: its calls are those of the array, and end with it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const steps = [
        { id: 's', operation: 'socket', params: { sessionId: session.id, provider } },
        { operation: 'recv', params: { socketId: server.id, as: 'text' } },
      ];
      const before = daemon.app.daemon.sockets.size;
      const [batch, sent] = await rpcArray(daemon.api, [
        ['batch', { steps }],
        ['send', { socketId: client.id, data: { text: 'hello' } }],
      ]);
      assert.equal(batch?.result.outcome, 'completed');
      assert.equal(batch?.result.steps[1].result.data.text, 'hello');
      assert.equal(sent?.result.bytesSent, 5);
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${server.id}/journal`);
      assert.match(entries.at(-1).requestId, /^req-[^.]+\.1\.2$/);
      assert.equal(daemon.app.daemon.sockets.size, before + 1);

      const connection = post(daemon, '/v1/rpc', [
        rpcRequest('batch', { steps }, 1),
        rpcRequest('socket', { sessionId: session.id, provider }, 2),
      ]);
      await server.untilBusy();
      await until(() => daemon.app.daemon.sockets.size === before + 3, 'both sockets are there');
      connection.resetAndDestroy();
      await until(() => daemon.app.daemon.sockets.size === before + 1, 'both have ended');
    });

    test('a single request whose answer is lost loses nothing', async (t) => {
      const seam = cutBeforeReply('rpc');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'stays' } });
      await server.untilAvailable(5);
      const before = daemon.app.daemon.sockets.size;
      await seam.cut(daemon, '/v1/rpc', rpcRequest('recv', { socketId: server.id }, 1));
      assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'stays');
      await seam.cut(daemon, '/v1/rpc', rpcRequest('socket', { sessionId: session.id, provider }, 1));
      await until(() => daemon.app.daemon.sockets.size === before, 'no socket is left');
    });

    test('notifications: bytes stay in the socket, what was made ends', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'stays' } });
      await server.untilAvailable(5);
      const before = daemon.app.daemon.sockets.size;
      for (const sent of [
        rpcRequest('recv', { socketId: server.id }),
        [
          rpcRequest('recv', { socketId: server.id }),
          rpcRequest('socket', { sessionId: session.id, provider }),
        ],
      ]) {
        const { status } = await daemon.api.post('/v1/rpc', sent);
        assert.equal(status, 204);
      }
      assert.equal(textOf(await server.ok('recv')), 'stays');
      await until(() => daemon.app.daemon.sockets.size === before, 'no socket is left');
    });

    test('quota and policy refuse in an array what REST refuses', async (t) => {
      const config = { limits: { socketsPerOwner: 2 }, policy: { connect: { allow: ['127.0.0.1/32 9'] } } };
      const daemon = await startDaemon(t, { config });
      const session = await startSession(daemon, provider);
      const socket = { sessionId: session.id, provider, family: 'AF_INET', type: 'SOCK_STREAM' };
      const opened = await rpcArray(daemon.api, [
        ['socket', socket],
        ['socket', socket],
        ['socket', socket],
      ]);
      const refused = opened[2]?.error;
      assert.deepEqual([refused.code, refused.data.type], [-32000, '/problems/quota']);
      if (provider === 'lab') return; // no policy
      const socketId = opened[0]?.result.socketId;
      const address = loopback('AF_INET', 10);
      const [denied] = await rpcArray(daemon.api, [['connect', { socketId, address }]]);
      assert.deepEqual(
        [denied?.error.code, denied?.error.data.type],
        [-32000, '/problems/destination-denied'],
      );
    });

    test('armed faults count the calls of an array, and act on them', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      await session.arm({ operation: 'send', effect: 'fail', code: 'WSAENETDOWN', nth: 2 });
      const send = { socketId: client.id, data: { text: 'x' } };
      const answers = await rpcArray(daemon.api, [
        ['send', send],
        ['send', send],
        ['send', send],
      ]);
      assert.deepEqual(
        answers.map(({ result, error }) => result?.bytesSent ?? error.code),
        [1, 10050, 1],
      );
      assert.equal(answers[1]?.error.data.fault, 'flt_1');
    });
  });
}

test('the calls of an array that wait count for the limit of their owner', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { callsPerOwner: 2 } } });
  const session = await startSession(daemon, 'lab');
  // One after another: a connect waits, too.
  const sockets = [await session.pair(), await session.pair(), await session.pair()];
  const answers = await rpcArray(
    daemon.api,
    sockets.map(([, server]) => ['recv', { socketId: server.id, timeoutMs: 200 }]),
  );
  assert.deepEqual(
    answers.map(({ error }) => [error.code, error.data.type]),
    [
      [10060, '/problems/WSAETIMEDOUT'],
      [10060, '/problems/WSAETIMEDOUT'],
      [-32000, '/problems/quota'],
    ],
  );
});
