/** conditionalAccept as a call that waits, and a listener with a deferred offer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

const DEFER = { condition: 'CF_DEFER' };

for (const provider of PROVIDERS) {
  describe(`conditional accept on ${provider}: waits, duplicates, readiness`, () => {
    test('cancel and close end a wait for an offer', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      for (const [ending, name] of [
        ['cancel', 'WSA_OPERATION_ABORTED'],
        ['close', 'WSAEINTR'],
      ] as const) {
        const waiting = listener.problem('conditionalAccept', DEFER);
        await listener.untilBusy();
        await listener.ok(ending);
        assert.equal((await waiting).name, name);
      }
    });

    test('a session of version 1.1 allows no other call while it waits for an offer', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider, { version: '1.1' });
      const listener = await session.listener();
      const waiting = listener.problem('conditionalAccept', DEFER);
      await listener.untilBusy();
      assert.equal((await session.problem('poll', { sockets: [] })).name, 'WSAEINPROGRESS');
      await listener.ok('cancel');
      assert.equal((await waiting).name, 'WSAEINTR');
    });

    test('a fault fails the decision, and the offer stays first', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider, {
        faults: [{ operation: 'conditionalAccept', nth: 2, effect: 'fail', code: 'WSAENOBUFS' }],
      });
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const offer = await listener.ok('conditionalAccept', DEFER);
      const reject = { condition: 'CF_REJECT', offerId: offer.offerId };
      assert.equal((await listener.problem('conditionalAccept', reject)).name, 'WSAENOBUFS');
      assert.deepEqual(await listener.ok('conditionalAccept', DEFER), offer);
    });

    test('a duplicate of the listener has the same offer, and can decide about it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const other = await listener.duplicate();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const offer = await listener.ok('conditionalAccept', DEFER);
      assert.deepEqual(await other.ok('conditionalAccept', DEFER), offer);
      await other.ok('conditionalAccept', { condition: 'CF_ACCEPT', offerId: offer.offerId });
      const late = await listener.problem('conditionalAccept', {
        condition: 'CF_REJECT',
        offerId: offer.offerId,
      });
      assert.equal(late.name, 'WSAEACCES');
    });

    test('a listener with a deferred offer is readable until it is decided', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const readable = async (): Promise<string[]> =>
        (await session.ok('select', { read: [listener.id], timeoutMs: 0 })).read;
      await listener.ok('conditionalAccept', DEFER);
      assert.deepEqual(await readable(), [listener.id]);
      const polled = { sockets: [{ socketId: listener.id, events: ['POLLRDNORM'] }], timeoutMs: 0 };
      assert.deepEqual((await session.ok('poll', polled)).sockets[0].revents, ['POLLRDNORM']);
      await listener.ok('conditionalAccept', { condition: 'CF_REJECT' });
      assert.deepEqual(await readable(), []);
    });

    // Not after WSATRY_AGAIN:
    // https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect
    test('a deferral does not enable FD_ACCEPT again, a decision does', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      await listener.ok('eventSelect', { events: ['FD_ACCEPT'] });
      const recorded = async (timeoutMs: number): Promise<string[]> =>
        (await listener.ok('enumNetworkEvents', { timeoutMs })).events.map((e: { event: string }) => e.event);
      // Both arrive before the event is fetched: a later one would be recorded separately.
      for (let i = 0; i < 2; i++) await (await session.stream()).ok('connect', { address });
      assert.deepEqual(await recorded(10_000), ['FD_ACCEPT']);
      await listener.ok('conditionalAccept', DEFER);
      assert.deepEqual(await recorded(0), []);
      await listener.ok('conditionalAccept', { condition: 'CF_REJECT' });
      assert.deepEqual(await recorded(10_000), ['FD_ACCEPT'], 'the second waits');
    });
  });
}
