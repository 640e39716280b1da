/** Relays: connections of a listener that are joined to connections to an upstream address. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atRest, PROVIDERS, startDaemon, startSession, textOf } from '../test-daemon.js';
import { pairOf, startRelay } from './relays.js';

const READY = { timeoutMs: 10_000 };

for (const provider of PROVIDERS) {
  describe(`relay on ${provider}`, () => {
    test('bytes go both ways, then the end of each stream; the pair is closed and counted', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client, server] = await relay.pair();
      await client.ok('send', { data: { text: 'question' } });
      assert.equal(textOf(await server.ok('recv', READY)), 'question');
      await server.ok('send', { data: { text: 'answer' } });
      assert.equal(textOf(await client.ok('recv', READY)), 'answer');
      assert.deepEqual((await relay.info()).openPairs, 1);
      await client.ok('shutdown', { how: 'SD_SEND' });
      assert.equal((await server.ok('recv', READY)).eof, true);
      await server.ok('send', { data: { text: 'after the end' } });
      assert.equal(textOf(await client.ok('recv', READY)), 'after the end');
      await server.ok('shutdown', { how: 'SD_SEND' });
      assert.equal((await client.ok('recv', READY)).eof, true);
      await relay.untilOpen(0);
      const info = await relay.info();
      assert.deepEqual(
        [info.state, info.accepted, info.bytesToUpstream, info.bytesToClient],
        ['running', 1, 8, 19],
      );
      const { state, bytesToUpstream, bytesToClient, code, endedAt } = pairOf(info, 1);
      assert.deepEqual([state, bytesToUpstream, bytesToClient, code], ['closed', 8, 19, undefined]);
      assert.ok(endedAt);
    });

    test('the upstream end may close its stream first', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client, server] = await relay.pair();
      await server.ok('send', { data: { text: 'hello' } });
      await server.ok('shutdown', { how: 'SD_SEND' });
      assert.equal(await client.drain(), 'hello');
      await client.ok('send', { data: { text: 'late' } });
      await client.ok('shutdown', { how: 'SD_SEND' });
      assert.equal(await server.drain(), 'late');
      await relay.untilOpen(0);
      assert.equal(pairOf(await relay.info(), 1).state, 'closed');
    });

    test('a reset of either end is passed on as a reset, and the pair has its code', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      for (const who of [0, 1] as const) {
        const ends = await relay.pair();
        const [one, other] = [ends[who], ends[1 - who]];
        await one?.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
        await one?.ok('close');
        assert.equal((await other?.problem('recv', READY))?.name, 'WSAECONNRESET');
        await relay.untilOpen(0);
        const { state, code, name, call } = pairOf(await relay.info(), who + 1);
        assert.deepEqual([state, code, name, call], ['reset', 10054, 'WSAECONNRESET', 'WSARecv']);
      }
    });

    test('a refused upstream resets the accepted end', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address } = await session.refusingAddress();
      const relay = await startRelay(daemon, provider, { upstream: address }, session);
      const client = await relay.client();
      assert.equal((await client.problem('recv', READY)).name, 'WSAECONNRESET');
      await relay.untilOpen(0);
      const { state, name, call } = pairOf(await relay.info(), 1);
      assert.deepEqual([state, name, call], ['reset', 'WSAECONNREFUSED', 'connect']);
    });

    test('an upstream that does not answer in connectTimeoutMs resets the accepted end', async (t) => {
      if (provider !== 'lab') return t.skip('only the lab has an address that never answers');
      const upstream = { family: 'AF_INET', address: '203.0.113.1', port: 80 };
      const relay = await startRelay(await startDaemon(t), provider, { upstream, connectTimeoutMs: 50 });
      assert.equal((await (await relay.client()).problem('recv', READY)).name, 'WSAECONNRESET');
      await relay.untilOpen(0);
      assert.equal(pairOf(await relay.info(), 1).name, 'WSAETIMEDOUT');
    });

    test('a pause leaves connections in the queue; open pairs go on', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client, server] = await relay.pair();
      assert.equal((await relay.update({ paused: true })).state, 'paused');
      const waiting = await relay.client();
      await client.ok('send', { data: { text: 'on' } });
      assert.equal(textOf(await server.ok('recv', READY)), 'on');
      await atRest(relay.daemon);
      assert.equal((await relay.info()).accepted, 1);
      assert.equal((await relay.listener.problem('accept')).type, '/problems/in-use');
      assert.equal((await relay.update({ paused: false })).state, 'running');
      const other = await relay.server.accept(READY);
      await waiting.ok('send', { data: { text: 'at last' } });
      assert.equal(textOf(await other.ok('recv', READY)), 'at last');
    });

    test('with maxConnections open pairs it accepts no more, and goes on when one has ended', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider, { maxConnections: 1 });
      const [client, server] = await relay.pair();
      const second = await relay.client();
      await atRest(relay.daemon);
      assert.equal((await relay.info()).accepted, 1);
      await client.ok('close');
      await server.ok('close');
      await relay.server.accept(READY);
      assert.equal((await relay.info()).accepted, 2);
      await second.ok('close');
    });

    test('a full quota of sockets holds up accepting and connecting, without spinning', async (t) => {
      // The two listeners, the client, and two more.
      const daemon = await startDaemon(t, { config: { limits: { socketsPerOwner: 5 } } });
      const relay = await startRelay(daemon, provider);
      const others = [await relay.session.stream(), await relay.session.stream()];
      const client = await relay.client();
      await atRest(daemon);
      assert.equal((await relay.info()).accepted, 0);
      for (const other of others) await other.ok('close');
      await relay.untilOpen(1);
      const { upstreamSocketId } = pairOf(await relay.info(), 1);
      assert.ok(upstreamSocketId, 'it waited until there was room for both sockets');
      await client.ok('close');
      const server = await relay.server.accept(READY);
      await server.ok('close');
      await relay.untilOpen(0);

      const last = await relay.session.stream();
      const second = await relay.client();
      await relay.untilOpen(1);
      await atRest(daemon);
      assert.equal(pairOf(await relay.info(), 2).upstreamSocketId, undefined);
      await last.ok('close');
      // With the room for it, the upstream socket is opened and connects; a place for the server is needed.
      await relay.untilConnecting(2);
      await second.ok('close');
      await relay.server.accept(READY);
    });

    test('accept on the listener, send and recv on a pair are in use; a second relay too', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      await relay.pair();
      const { clientSocketId, upstreamSocketId } = pairOf(await relay.info(), 1);
      const { api } = relay.daemon;
      for (const [path, body] of [
        [`${relay.listener.id}/accept`, {}],
        [`${relay.listener.id}/relay`, { upstream: await relay.server.sockName() }],
        ...[clientSocketId, upstreamSocketId].flatMap((id) => [
          [`${id}/recv`, {}],
          [`${id}/send`, { data: { text: 'x' } }],
        ]),
      ] as [string, object][]) {
        const problem = await api.problem.post(`/v1/sockets/${path}`, body);
        assert.deepEqual([problem.status, problem.type], [409, '/problems/in-use'], path);
      }
      assert.equal((await api.ok.get(`/v1/sockets/${clientSocketId}`)).relayId, relay.id);
      await api.ok.get(`/v1/sockets/${clientSocketId}/peerName`);
    });

    test('the end of the listener, of the session, and endRelay reset the pairs', async (t) => {
      const daemon = await startDaemon(t);
      for (const end of ['listener', 'relay', 'cleanup'] as const) {
        const relay = await startRelay(daemon, provider);
        const other = await startSession(daemon, provider);
        const [client, server] = await relay.pair();
        const waiting = [client, server].map((one) => one.answer('recv', READY));
        if (end === 'listener') await relay.listener.ok('close');
        else if (end === 'relay') {
          const ended = await relay.end();
          assert.deepEqual([ended.state, pairOf(ended, 1).state], ['ended', 'reset']);
        } else await relay.session.ok('cleanup');
        const codes = (await Promise.all(waiting)).map(({ body }) => body.name);
        if (end === 'cleanup') assert.deepEqual(codes, ['WSA_OPERATION_ABORTED', 'WSA_OPERATION_ABORTED']);
        else assert.deepEqual(codes, ['WSAECONNRESET', 'WSAECONNRESET']);
        await relay.untilEnded();
        if (end !== 'cleanup') assert.equal((await daemon.api.problem.get(relay.path)).status, 404);
        await other.ok('cleanup');
      }
    });

    test('endRelay with finish: accepts no more, open pairs go on, then the relay is gone', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client, server] = await relay.pair();
      assert.equal((await relay.end('finish')).state, 'finishing');
      const { relays } = await relay.daemon.api.ok.get(`${relay.session.path}/relays`);
      assert.deepEqual(
        relays.map(({ relayId, state }: Record<string, string>) => [relayId, state]),
        [[relay.id, 'finishing']],
      );
      await client.ok('send', { data: { text: 'still' } });
      assert.equal(textOf(await server.ok('recv', READY)), 'still');
      const direct = await relay.client();
      await relay.listener.accept(READY);
      await direct.ok('close');
      await client.ok('close');
      await server.ok('close');
      await relay.untilEnded();
    });

    test('events tell the begin and the end of the relay and of each pair, with the code', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client] = await relay.pair();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      await relay.untilOpen(0);
      await relay.end();
      const { events } = relay.daemon.app.daemon.events.after('alice', 0, 1000);
      const seen = events.flatMap(({ body }) => (body.kind === 'relay' ? [body] : []));
      assert.deepEqual(
        seen.map(({ change, pair, code }) => [change, pair, code]),
        [
          ['began', undefined, undefined],
          ['began', 1, undefined],
          ['ended', 1, 10054],
          ['ended', undefined, undefined],
        ],
      );
    });
  });
}
