/**
 * The seven documented codes of WSASendDisconnect, each provoked over HTTP as a client would provoke it,
 * on each provider. WSAENETDOWN needs a stack that fails: see the tests of the adapters' `call`.
 * https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fail } from '../../../src/winsock/outcome.js';
import { loopback, PROVIDERS, startDaemon, startSession, TestSocket } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`codes of WSASendDisconnect on ${provider}`, () => {
    test('WSANOTINITIALISED 10093 after the last cleanup, before the handle is checked', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      await daemon.api.ok.post('/v1/startup', { sessionId: session.id });
      const [client] = await session.pair();
      await daemon.api.ok.post(`${session.path}/cleanup`, {});
      await client.ok('sendDisconnect');
      await daemon.api.ok.post(`${session.path}/cleanup`, {});
      const problem = await client.problem('sendDisconnect');
      assert.deepEqual(
        [problem.code, problem.status, problem.hint, problem.retryable],
        [10093, 409, 'startup', false],
      );
      await daemon.api.ok.post('/v1/startup', { sessionId: session.id });
      const revived = await client.problem('sendDisconnect');
      assert.deepEqual([revived.code, revived.status, revived.reason], [10038, 410, 'cleanup']);
    });

    test('WSAENETDOWN 10050 from the provider becomes 503', async (t) => {
      const daemon = await startDaemon(t);
      const [client] = await (await startSession(daemon, provider)).pair();
      const socket = daemon.app.daemon.sockets.find(client.id);
      assert.ok(socket);
      t.mock.method(socket, 'use', () => fail('WSAENETDOWN', 'WSASendDisconnect'), { times: 1 });
      const answer = await client.answer('sendDisconnect');
      assert.deepEqual([answer.body.code, answer.status], [10050, 503]);
      assert.ok(answer.headers['retry-after']);
    });

    test('WSAENOPROTOOPT 10042 with data without XP1_DISCONNECT_DATA; nothing was shut down', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      // Every stream of the lab has disconnect data; datagrams never have.
      const lacking = provider === 'lab' ? await session.datagram() : undefined;
      const [client, server] = lacking ? [lacking, lacking] : await session.pair();
      for (const disconnectData of [{ text: 'bye' }, { text: '' }, { text: 'a', len: 99 }]) {
        const problem = await client.problem('sendDisconnect', { disconnectData });
        assert.deepEqual([problem.code, problem.status, problem.capability], [10042, 422, 'disconnectData']);
      }
      assert.equal((await client.info()).sendShutdown, false);
      if (lacking) {
        await lacking.ok('bind', { address: loopback('AF_INET', 0) });
        await lacking.ok('sendTo', { data: { text: 'still usable' }, address: await lacking.sockName() });
        assert.equal((await lacking.ok('recv')).bytesReceived, 12);
        return;
      }
      await client.ok('send', { data: { text: 'still usable' } });
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'still usable');
    });

    test('WSAEINPROGRESS 10036 while a blocking call of a 1.1 session is pending', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider, { version: '1.1' });
      const [client, server] = await session.pair();
      const pending = client.answer('recv', { timeoutMs: 20_000 });
      await client.untilBusy();
      for (const socket of [client, server]) {
        const problem = await socket.problem('sendDisconnect');
        assert.deepEqual([problem.code, problem.status, problem.retryable], [10036, 409, true]);
      }
      assert.equal((await client.ok('cancel')).cancelled, 1);
      assert.equal((await pending).body.name, 'WSAEINTR');
      await client.ok('sendDisconnect');
    });

    test('WSAENOTCONN 10057 with the state: fresh, bound, listening, connecting', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const check = async (state: string): Promise<void> => {
        const problem = await socket.problem('sendDisconnect');
        assert.deepEqual([problem.code, problem.status, problem.state], [10057, 409, state]);
      };
      await check('fresh');
      await socket.ok('bind', { address: { family: 'AF_INET', address: '127.0.0.1', port: 0 } });
      await check('bound');
      await socket.ok('listen', {});
      await check('listening');

      const pending = await session.connecting();
      const problem = await pending.problem('sendDisconnect');
      assert.deepEqual([problem.code, problem.status, problem.state], [10057, 409, 'connecting']);
      assert.equal((await pending.info()).state, 'connecting', 'the connect goes on');
    });

    test('WSAENOTSOCK 10038: never issued 404, closed 410, an earlier run 410', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const never = new TestSocket(
        daemon,
        socket.id.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
      );
      const unknown = await never.problem('sendDisconnect');
      assert.deepEqual([unknown.code, unknown.status], [10038, 404]);
      await socket.ok('close');
      const closed = await socket.problem('sendDisconnect');
      assert.deepEqual([closed.code, closed.status, closed.reason], [10038, 410, 'closed']);
      const earlier = await new TestSocket(daemon, `sck_1_${'a'.repeat(26)}`).problem('sendDisconnect');
      assert.deepEqual([earlier.code, earlier.status, earlier.reason], [10038, 410, 'earlier-run']);
    });

    test('WSAEFAULT 10014 for a length beyond the bytes or the limit of the provider', async (t) => {
      if (provider !== 'lab') return t.skip('WSAENOPROTOOPT comes first where there is no disconnect data');
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const beyond = await client.problem('sendDisconnect', { disconnectData: { text: 'abc', len: 4 } });
      assert.deepEqual([beyond.code, beyond.status, beyond.limit], [10014, 422, 3]);
      const over = await client.problem('sendDisconnect', { disconnectData: { text: 'x'.repeat(65) } });
      assert.deepEqual([over.code, over.status, over.limit], [10014, 422, 64]);
      assert.equal((await client.info()).sendShutdown, false);
      await client.ok('sendDisconnect', { disconnectData: { text: 'x'.repeat(64) } });
      await server.drain();
      assert.equal((await server.ok('recvDisconnect')).disconnectData.len, 64);
    });

    test('WSAEFAULT 10014 for a length beyond the bytes of a send, on every provider', async (t) => {
      const daemon = await startDaemon(t);
      const [client] = await (await startSession(daemon, provider)).pair();
      const problem = await client.problem('send', { data: { base64: 'AAAA', len: 4 } });
      assert.deepEqual([problem.code, problem.status, problem.limit], [10014, 422, 3]);
    });
  });
}
