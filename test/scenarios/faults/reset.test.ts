/** The effect `reset`: the connection of a socket is lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession, textOf, until } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`reset on ${provider}`, () => {
    test('the peer is reset; the id answers WSAECONNRESET until it is closed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const waiting = client.answer('recv', { timeoutMs: 10_000 });
      await client.untilBusy();
      await session.arm({ socketId: client.id, operation: 'send', nth: 2, effect: 'reset' });
      await client.ok('send', { data: { text: 'one' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'one');
      const problem = await client.problem('send', { data: { text: 'two' } });
      assert.deepEqual([problem.code, problem.fault, problem.state], [10054, 'flt_1', 'reset']);
      const ended = await waiting;
      assert.deepEqual([ended.body.code, ended.body.fault], [10054, 'flt_1'], 'what waited ends alike');
      assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      assert.equal((await server.info()).state, 'reset');
      for (const operation of ['recv', 'sendDisconnect']) {
        const again = await client.problem(operation);
        assert.deepEqual([again.code, again.fault], [10054, 'flt_1'], operation);
      }
      assert.equal((await client.info()).state, 'reset');
      // Its handle is closed, and its number may be another socket by now: no call reaches that one.
      const [next, other] = await session.pair();
      await client.ok('close');
      assert.equal((await client.problem('recv')).status, 410);
      await next.ok('send', { data: { text: 'untouched' } });
      assert.equal(textOf(await other.ok('recv', { timeoutMs: 10_000 })), 'untouched');
    });

    test('select, poll and enumNetworkEvents that a reset ends name the fault', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const [another] = await session.pair();
      await client.ok('eventSelect', { events: ['FD_READ'] });
      await session.arm({ socketId: client.id, operation: 'shutdown', effect: 'reset' });
      const ids = [another.id, client.id];
      const post = (operation: string, params: object) =>
        daemon.api.post(`${session.path}/${operation}`, params);
      const sockets = ids.map((socketId) => ({ socketId, events: ['POLLIN'] }));
      const waiting = [
        post('select', { except: ids }),
        post('select', { read: ids }),
        post('poll', { sockets }),
        client.answer('enumNetworkEvents', { timeoutMs: 10_000 }),
      ];
      const { calls } = daemon.app.daemon.sockets.find(client.id)?.session ?? {};
      await until(() => calls?.size === waiting.length, 'all of them wait');
      await client.problem('shutdown', { how: 'SD_SEND' });
      const [except, read, polled, events] = await Promise.all(waiting);
      assert.deepEqual([except?.body.name, except?.body.fault], ['WSAECONNRESET', 'flt_1']);
      assert.deepEqual(read?.body.read, [client.id]);
      assert.equal(polled?.body.ready, 1);
      assert.equal(events?.body.fault, 'flt_1');
      const later = await post('select', { read: ids, timeoutMs: 0 });
      assert.deepEqual(later.body.read, [client.id]);
      const urgent = await post('select', { write: [another.id], except: [client.id], timeoutMs: 0 });
      const named = [except, read, polled, events, later, urgent].map(
        (one) => one?.headers['winsockd-fault'],
      );
      assert.deepEqual(named, ['flt_1', 'flt_1', 'flt_1', 'flt_1', 'flt_1', undefined]);
      const { entries } = await daemon.api.ok.get(`${session.path}/journal`);
      const recorded = entries.filter((one: { operation: string }) => /^(select|poll)$/.test(one.operation));
      assert.deepEqual(
        recorded.map(({ faults }: { faults?: string[] }) => faults?.join()),
        ['flt_1', 'flt_1', 'flt_1', 'flt_1', undefined],
      );
    });

    test('a reset ends calls that wait, in a lane or natively, also with a close beside it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const waiting = [1, 2, 3].map(() => client.answer('recv', { timeoutMs: 10_000 }));
      await client.untilBusy();
      await session.arm({ operation: 'shutdown', effect: 'reset' });
      const [reset, closed] = await Promise.all([
        client.answer('shutdown', { how: 'SD_SEND' }),
        client.answer('close'),
      ]);
      // Either of the two may come first; no call hangs, and the peer sees the reset.
      assert.ok(reset.body.code === 10054 || reset.body.code === 10038, JSON.stringify(reset.body));
      assert.ok(closed.status === 200, JSON.stringify(closed.body));
      for (const { body } of await Promise.all(waiting))
        assert.ok([10054, 10004].includes(body.code), body.name);
      if (reset.body.code === 10054) {
        assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      }
      assert.equal((await client.problem('recv')).status, 410);
    });
  });
}
