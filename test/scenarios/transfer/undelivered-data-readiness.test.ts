/** Data that went back to the socket shows in polls, ioctls and waits as if it had never been taken. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { isWine } from '../../is-wine.js';
import { loopback, PROVIDERS, startDaemon, startSession, type TestSocket } from '../test-daemon.js';
import { cutBeforeReply } from './lost-replies.js';

const OOB = { flags: ['MSG_OOB'] };

for (const provider of PROVIDERS) {
  describe(`seen again on ${provider}`, () => {
    test('FIONREAD counts a datagram that went back and those after it', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await b.sockName();
      await a.ok('sendTo', { data: { text: 'abc' }, address });
      await seam.cut(daemon, `/v1/sockets/${b.id}/recv`, {});
      assert.equal((await b.ok('ioctl', { request: 'FIONREAD' })).value, 3);
      await a.ok('sendTo', { data: { text: 'de' }, address });
      await b.untilAvailable(5);
      assert.equal((await b.ok('recv')).bytesReceived, 3);
      assert.equal((await b.ok('recv')).bytesReceived, 2);
    });

    test('an undelivered event record of one id wakes a wait for it by the other', async (t) => {
      const seam = cutBeforeReply('enumNetworkEvents');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const twin = await server.duplicate();
      await server.ok('eventSelect', { events: ['FD_READ'] });
      await client.ok('send', { data: { text: 'x' } });
      let waiting: Promise<Body> | undefined;
      await seam.cut(daemon, `/v1/sockets/${server.id}/enumNetworkEvents`, {}, async () => {
        waiting = twin.ok('enumNetworkEvents', { timeoutMs: 10_000 });
        await twin.untilBusy();
      });
      assert.deepEqual((await waiting)?.events, [{ event: 'FD_READ', code: 0 }]);
    });

    test('FD_READ is recorded again after each part of the bytes that went back', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await server.ok('eventSelect', { events: ['FD_READ'] });
      await client.ok('send', { data: { text: 'abc' } });
      const isReadable = async (): Promise<void> => {
        const { events } = await server.ok('enumNetworkEvents', { timeoutMs: 10_000 });
        assert.deepEqual(events, [{ event: 'FD_READ', code: 0 }]);
      };
      await isReadable();
      await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, {});
      for (let i = 0; i < 3; i++) {
        await isReadable();
        assert.equal((await server.ok('recv', { maxBytes: 1 })).bytesReceived, 1);
      }
      assert.deepEqual(await server.ok('enumNetworkEvents', { timeoutMs: 1 }), { events: [] });
    });

    test('two connections that went back are accepted in the order of their arrival', async (t) => {
      const seams = [cutBeforeReply('accept'), cutBeforeReply('accept')] as const;
      const beforeReply = async (id: string, name: string): Promise<void> => {
        for (const seam of seams) await seam.beforeReply(id, name);
      };
      const daemon = await startDaemon(t, { beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const twin = await listener.duplicate();
      const address = await listener.sockName();
      const callers: TestSocket[] = [];
      for (let i = 0; i < 2; i++) {
        const caller = await session.stream();
        await caller.ok('connect', { address });
        callers.push(caller);
      }
      await seams[0].cut(daemon, `/v1/sockets/${listener.id}/accept`, {}, () =>
        seams[1].cut(daemon, `/v1/sockets/${twin.id}/accept`, {}),
      );
      for (const caller of callers) {
        const { remoteAddress } = await listener.ok('accept', { timeoutMs: 10_000 });
        assert.deepEqual(remoteAddress, await caller.sockName());
      }
    });

    test('the id of an accepted offer does not name a later offer that went back', async (t) => {
      const seam = cutBeforeReply('conditionalAccept');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      await (await session.stream()).ok('connect', { address });
      const { offerId } = await listener.ok('conditionalAccept', {
        condition: 'CF_DEFER',
        timeoutMs: 10_000,
      });
      await listener.ok('accept');
      const second = await session.stream();
      await second.ok('connect', { address });
      await seam.cut(daemon, `/v1/sockets/${listener.id}/conditionalAccept`, { condition: 'CF_ACCEPT' });
      const late = await listener.problem('conditionalAccept', { condition: 'CF_ACCEPT', offerId });
      assert.equal(late.name, 'WSAEACCES');
      assert.deepEqual((await listener.ok('accept')).remoteAddress, await second.sockName());
    });

    if (provider !== 'lab') {
      test('an undelivered peek at an urgent byte does not double the byte', async (t) => {
        const seam = cutBeforeReply('recv');
        const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
        const [client, server] = await (await startSession(daemon, provider)).pair();
        await client.ok('send', { data: { text: '!' }, ...OOB });
        await server.ok('recv', { flags: ['MSG_OOB', 'MSG_PEEK'], timeoutMs: 10_000 });
        await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, { flags: ['MSG_OOB', 'MSG_PEEK'] });
        assert.equal((await server.ok('recv', OOB)).bytesReceived, 1);
        // Wine inverts the mark of Linux.
        if (!isWine())
          assert.equal((await server.ok('ioctl', { request: 'SIOCATMARK' })).value, 1, 'none waits');
        assert.equal((await server.problem('recv', { ...OOB, timeoutMs: 1 })).name, 'WSAETIMEDOUT');
      });

      test('select, poll and FD_OOB report an urgent byte that went back', async (t) => {
        const seam = cutBeforeReply('recv');
        const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
        const session = await startSession(daemon, provider);
        const [client, server] = await session.pair();
        await server.ok('eventSelect', { events: ['FD_OOB'] });
        await client.ok('send', { data: { text: '!' }, ...OOB });
        const oob = { events: [{ event: 'FD_OOB', code: 0 }] };
        assert.deepEqual(await server.ok('enumNetworkEvents', { timeoutMs: 10_000 }), oob);
        await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, OOB);
        assert.deepEqual((await session.ok('select', { except: [server.id], timeoutMs: 1 })).except, [
          server.id,
        ]);
        const sockets = [{ socketId: server.id, events: ['POLLRDBAND'] }];
        assert.deepEqual((await session.ok('poll', { sockets, timeoutMs: 1 })).sockets[0].revents, [
          'POLLRDBAND',
        ]);
        assert.deepEqual(await server.ok('enumNetworkEvents', { timeoutMs: 10_000 }), oob);
        assert.equal((await server.ok('recv', OOB)).bytesReceived, 1);
        await client.ok('send', { data: { text: '?' }, ...OOB });
        assert.deepEqual(await server.ok('enumNetworkEvents', { timeoutMs: 10_000 }), oob, 'recv enabled it');
      });
    }
  });
}
