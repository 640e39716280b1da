/** What is left when the session of a relay ends: nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { isWine } from '../../is-wine.js';
import { type HasAfter, PROVIDERS, startDaemon, startSession, TestSocket, until } from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';
import { pairOf, startRelay } from './relays.js';

const READY = { timeoutMs: 10_000 };

/** More than the client's system receives, less than fits into the buffers of both. */
const UNREAD = 200_000;

for (const provider of PROVIDERS) {
  describe(`ends of relays on ${provider}`, () => {
    test('a relay does not keep its session alive; when the lease ends, its pairs are reset', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      // A lab network of their own, so that the ends of the connections outlive the relay.
      const shared = { labNetwork: 'shared', leaseSeconds: 60 };
      const session = await startSession(daemon, provider, shared);
      const other = await startSession(daemon, provider, { ...shared, leaseSeconds: 3600 });
      const [listener, server] = [await session.listener(), await other.listener()];
      await listener.ok('relay', { upstream: await server.sockName() });
      const client = await other.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const accepted = await server.accept();
      const { sockets, sessions } = daemon.app.daemon;
      clock.advance(60_000);
      assert.equal(sessions.size, 1);
      for (const end of [client, accepted]) {
        const problem = await end.problem('recv');
        assert.equal(problem.name, 'WSAECONNRESET');
      }
      await until(() => sockets.size === 3, 'only the sockets of the other session are left');
      assert.equal(clock.pending > 0, true);
    });

    test('the end of the session resets the pairs, also of a relay that finishes', async (t) => {
      const daemon = await startDaemon(t);
      for (const finishes of [false, true]) {
        const relay = await startRelay(daemon, provider);
        await relay.pair();
        if (finishes) await relay.end('finish');
        await daemon.api.ok.delete(relay.session.path);
        await until(() => daemon.app.daemon.sockets.size === 0, 'no socket is left');
        const { events } = daemon.app.daemon.events.after('alice', 0, 10_000);
        const ended = events.findLastIndex(({ body }) => body.kind === 'session' && body.change === 'ended');
        const later = events
          .slice(ended + 1)
          .map(({ body }) => body.kind === 'operation' && body.entry.operation);
        assert.deepEqual(later, ['endSession'], 'what the relay tells comes before the end of its session');
        assert.equal(
          events.filter(({ body }) => body.kind === 'relay' && body.change === 'ended').length % 2,
          0,
        );
      }
    });

    // There a close waits for the peer's end only, and the client has ended already.
    const skip = provider === 'ws2_32' && isWine() && 'Wine does not say how many bytes are unsent';

    /** A relay whose pair has moved everything, and whose close waits until the client has read it. */
    const lingering = async (t: HasAfter) => {
      const daemon = await startDaemon(t);
      const relay = await startRelay(daemon, provider);
      const [client, server] = await relay.pair();
      const { clientSocketId, upstreamSocketId } = pairOf(await relay.info(), 1);
      const accepted = new TestSocket(daemon, clientSocketId);
      await accepted.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: 1 << 18 });
      await accepted.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 3600 } });
      await accepted.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await client.ok('shutdown', { how: 'SD_SEND' });
      await server.ok('send', { data: { text: 'x'.repeat(UNREAD) } });
      await server.ok('shutdown', { how: 'SD_SEND' });
      const { sockets } = daemon.app.daemon;
      // The other end closes at the same time.
      await until(() => !sockets.find(clientSocketId) && !sockets.find(upstreamSocketId), 'both ends close');
      assert.equal(sockets.closings().length, 1);
      return { daemon, relay, client };
    };

    test('the close of a pair lingers, also in non-blocking mode, until the client has read', {
      skip,
    }, async (t) => {
      const { relay, client } = await lingering(t);
      assert.equal((await client.drain()).length, UNREAD);
      await relay.untilOpen(0);
      assert.equal(pairOf(await relay.info(), 1).state, 'closed');
    });

    for (const end of ['endRelay', 'resetSession'] as const) {
      test(`${end} resets a pair whose close lingers`, { skip }, async (t) => {
        const { daemon, relay } = await lingering(t);
        if (end === 'endRelay') assert.equal(pairOf(await relay.end(), 1).state, 'reset');
        else await daemon.api.ok.post(`${relay.session.path}/reset`);
        assert.equal(daemon.app.daemon.sockets.closings().length, 0);
      });
    }

    test('an answer of startRelay that is not delivered ends the relay', async (t) => {
      const seam = cutBeforeReply('startRelay');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [listener, server] = [await session.listener(), await session.listener()];
      const upstream = await server.sockName();
      await seam.cut(daemon, `/v1/sockets/${listener.id}/relay`, { upstream }, async () => {
        assert.equal((await daemon.api.ok.get(session.path)).relays, 1);
      });
      assert.equal((await daemon.api.ok.get(session.path)).relays, 0);
      await listener.problem('accept', { timeoutMs: 0 });
    });

    test('a pair may be closed by hand: the other end is reset', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client, server] = await relay.pair();
      const { pairs } = await relay.info();
      await relay.daemon.api.ok.delete(`/v1/sockets/${pairs[0].clientSocketId}`);
      assert.equal((await server.problem('recv', READY)).name, 'WSAECONNRESET');
      await client.answer('recv', READY);
      await relay.untilOpen(0);
      assert.equal((await relay.info()).pairs[0].name, 'WSAEINTR');
    });
  });
}
