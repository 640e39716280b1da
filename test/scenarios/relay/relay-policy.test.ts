/** A relay is no way round the policy, and two of them in a ring are bounded. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, mock, test } from 'node:test';
import { refuse } from '../../../src/daemon/answers/refusals.js';
import { atRest, loopback, PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';
import { pairOf, startRelay } from './relays.js';

const DENIED = [403, '/problems/destination-denied'];

for (const provider of PROVIDERS) {
  describe(`policy of relays on ${provider}`, () => {
    test('the upstream address is judged, and is neither the listener nor the daemon', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const own = await listener.sockName();
      const upstreams: object[] = [own];
      if (provider !== 'lab') {
        upstreams.push(
          { family: 'AF_INET6', address: '::ffff:127.0.0.1', port: own.port },
          loopback('AF_INET', daemon.port),
          { family: 'AF_INET', address: '192.0.2.1', port: 80 },
        );
      }
      for (const upstream of upstreams) {
        const { status, type } = await listener.problem('relay', { upstream });
        assert.deepEqual([status, type], DENIED, JSON.stringify(upstream));
      }
      assert.equal((await daemon.api.ok.get(session.path)).relays, 0);
      await listener.problem('accept', { timeoutMs: 0 });
    });

    test('the upstream address is judged again for every pair', async (t) => {
      if (provider === 'lab') return t.skip('the lab has no policy');
      const relay = await startRelay(await startDaemon(t), provider);
      await relay.pair();
      const { port } = await relay.listener.sockName();
      const { policy } = relay.daemon.app.daemon;
      mock.method(policy, 'judge', () => refuse('destination-denied', 'It has changed.'));
      t.after(() => mock.restoreAll());
      // It is no socket of the daemon, whose connect would be denied too.
      const client = net.connect(port, '127.0.0.1');
      const [error] = await once(client, 'error');
      assert.equal(error.code, 'ECONNRESET');
      await relay.untilOpen(1);
      const { state, refusal, code } = pairOf(await relay.info(), 2);
      assert.deepEqual([state, refusal, code], ['reset', 'destination-denied', undefined]);
      const { events } = relay.daemon.app.daemon.events.after('alice', 0, 1000);
      const ended = events
        .flatMap(({ body }) => (body.kind === 'relay' && body.pair === 2 ? [body] : []))
        .at(-1);
      assert.deepEqual(
        [ended?.change, ended?.refusal, ended?.code],
        ['ended', 'destination-denied', undefined],
      );
    });

    test('a listener is needed, in this session, with an address of the right form', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const stream = await session.stream();
      const upstream = loopback('AF_INET', 9);
      const { name, status } = await stream.problem('relay', { upstream });
      assert.deepEqual([name, status], ['WSAEINVAL', 422]);
      const listener = await session.listener();
      for (const [wrong, pointer] of [
        [{ ...upstream, address: 'localhost' }, '/upstream/address'],
        [{ family: 'AF_INET', address: '127.0.0.1' }, '/upstream/port'],
      ] as const) {
        const problem = await listener.problem('relay', { upstream: wrong });
        assert.equal(problem.errors[0].pointer, pointer);
      }
      const unknown = await daemon.api.problem.get(`${session.path}/relays/rel_x`);
      assert.equal(unknown.type, '/problems/not-found');
      const foreign = await daemon.bob.problem.get(`${session.path}/relays`);
      assert.equal(foreign.status, 404);
    });

    test('two relays in a ring fill up to maxConnections, answer other calls, and end', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [one, two] = [await session.listener(), await session.listener()];
      const settings = { maxConnections: 20 };
      await one.ok('relay', { upstream: await two.sockName(), ...settings });
      await two.ok('relay', { upstream: await one.sockName(), ...settings });
      const client = await session.stream();
      await client.ok('connect', { address: await one.sockName() });
      const { relays } = daemon.app.daemon;
      const live = daemon.app.daemon.sessions.findOfAnyOwner(session.id) ?? assert.fail();
      let most = 0;
      await until(() => {
        const counts = relays.of(live).map((relay) => relay.open.length);
        most = Math.max(most, ...counts);
        return counts.join() === '20,20';
      }, 'both relays are full');
      assert.equal(most, 20);
      await atRest(daemon);
      const { relays: listed } = await daemon.api.ok.get(`${session.path}/relays`);
      assert.deepEqual(
        listed.map(({ openPairs }: { openPairs: number }) => openPairs),
        [20, 20],
      );
      await daemon.api.ok.delete(session.path);
      await until(() => daemon.app.daemon.sockets.size === 0, 'no socket is left');
    });
  });
}
