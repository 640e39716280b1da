/** A second end has no effect: no other handle is closed, and nothing is counted twice. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Answer, Body } from '../../http/client.js';
import {
  fillSendBuffer,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  TestSocket,
  until,
} from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';

const DELAY_MS = 1000;

/** Opens as many sockets as the quota still allows; all must work, so none has lost its handle. */
const fillQuota = async (daemon: TestDaemon, session: TestSession, provider: string): Promise<number> => {
  for (let opened = 0; ; opened++) {
    const params = { family: 'AF_INET', type: 'SOCK_STREAM', provider };
    const { status, body } = await daemon.api.post(`${session.path}/sockets`, params);
    if (status === 429) return opened;
    await new TestSocket(daemon, body.socketId).ok('bind', { address: loopback('AF_INET', 0) });
  }
};

/** A close that a fault delays until the clock has moved on. */
const delayedClose = async (
  daemon: TestDaemon,
  session: TestSession,
  socket: TestSocket,
): Promise<{ readonly answer: Promise<Answer> }> => {
  await session.arm({
    operation: 'close',
    socketId: socket.id,
    effect: 'delay',
    delayMs: DELAY_MS,
    nth: 1,
  });
  const answer = socket.answer('close');
  const calls = daemon.app.daemon.sessions.findOfAnyOwner(session.id)?.calls;
  await until(() => calls?.size === 1, 'the close waits');
  return { answer };
};

/** The sockets of a session except those given. */
const others = async (
  daemon: TestDaemon,
  session: TestSession,
  ...known: readonly TestSocket[]
): Promise<TestSocket[]> => {
  const { sockets } = await daemon.api.ok.get(`${session.path}/sockets`);
  return sockets
    .filter(({ socketId }: Body) => !known.some(({ id }) => id === socketId))
    .map(({ socketId }: Body) => new TestSocket(daemon, socketId));
};

for (const provider of PROVIDERS) {
  describe(`ends on ${provider}`, () => {
    for (const operation of ['socket', 'duplicate'] as const) {
      test(`${operation}: another client closes the socket, then its reply is lost`, async (t) => {
        const seam = cutBeforeReply(operation);
        const daemon = await startDaemon(t, {
          beforeReply: seam.beforeReply,
          config: { limits: { socketsPerOwner: 12 } },
        });
        const session = await startSession(daemon, provider);
        const base = await session.stream();
        const path = operation === 'socket' ? `${session.path}/sockets` : `/v1/sockets/${base.id}/duplicate`;
        const params = operation === 'socket' ? { family: 'AF_INET', type: 'SOCK_STREAM', provider } : {};
        const successors: TestSocket[] = [];
        await seam.cut(daemon, path, params, async () => {
          for (const made of await others(daemon, session, base)) await made.ok('close');
          for (let i = 0; i < 8; i++) successors.push(await session.stream());
        });
        for (const one of successors) await one.ok('bind', { address: loopback('AF_INET', 0) });
        assert.equal(await fillQuota(daemon, session, provider), 12 - 1 - 8);
      });
    }

    test('accept: another client closes the accepted socket, then its reply is lost', async (t) => {
      const seam = cutBeforeReply('accept');
      const daemon = await startDaemon(t, {
        beforeReply: seam.beforeReply,
        config: { limits: { socketsPerOwner: 12 } },
      });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const successors: TestSocket[] = [];
      await seam.cut(daemon, `/v1/sockets/${listener.id}/accept`, {}, async () => {
        for (const made of await others(daemon, session, listener, client)) await made.ok('close');
        for (let i = 0; i < 6; i++) successors.push(await session.stream());
      });
      assert.equal(
        (await client.ok('recv')).eof,
        true,
        'the connection has ended, and is not accepted again',
      );
      await listener.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await listener.problem('accept')).name, 'WSAEWOULDBLOCK');
      for (const one of successors) await one.ok('bind', { address: loopback('AF_INET', 0) });
      assert.equal(await fillQuota(daemon, session, provider), 12 - 2 - 6);
    });

    test('accept: a delayed close finds nothing after the connection has gone back', async (t) => {
      const seam = cutBeforeReply('accept');
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply, clock });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const waiting: Promise<Answer>[] = [];
      await seam.cut(daemon, `/v1/sockets/${listener.id}/accept`, {}, async () => {
        const [made] = await others(daemon, session, listener, client);
        if (made) waiting.push((await delayedClose(daemon, session, made)).answer);
      });
      const { socketId } = await listener.ok('accept');
      clock.advance(DELAY_MS);
      assert.deepEqual(
        (await Promise.all(waiting)).map(({ status }) => status),
        [404],
      );
      await client.ok('send', { data: { text: 'still there' } });
      assert.equal((await new TestSocket(daemon, socketId).ok('recv')).bytesReceived, 11);
    });

    test('a close that a fault delays, and another one meanwhile', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock, config: { limits: { socketsPerOwner: 12 } } });
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const first = await delayedClose(daemon, session, socket);
      await socket.ok('close');
      const successors: TestSocket[] = [];
      for (let i = 0; i < 8; i++) successors.push(await session.stream());
      clock.advance(DELAY_MS);
      const { status, body } = await first.answer;
      assert.deepEqual([status, body.name, body.reason], [410, 'WSAENOTSOCK', 'closed']);
      for (const one of successors) await one.ok('bind', { address: loopback('AF_INET', 0) });
      assert.equal(await fillQuota(daemon, session, provider), 12 - 8);
      const journal = await daemon.api.ok.get(`/v1/sockets/${socket.id}/journal`);
      assert.equal(journal.endReason, 'closed');
    });

    test('a close that a fault delays joins one that lingers', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 30 } });
      await fillSendBuffer(client, server);
      const first = await delayedClose(daemon, session, client);
      const second = client.answer('close');
      await until(() => daemon.app.daemon.sockets.find(client.id) === undefined, 'the second close lingers');
      clock.advance(DELAY_MS);
      await daemon.api.ok.delete(session.path);
      const ended = [(await first.answer).body.name, (await second).body.name];
      assert.deepEqual(ended, ['WSA_OPERATION_ABORTED', 'WSA_OPERATION_ABORTED']);
      assert.equal(daemon.app.daemon.sockets.closings().length, 0);
      assert.equal(daemon.app.daemon.sockets.find(server.id), undefined);
    });

    test('a session ends, then the reply of its startup is lost', async (t) => {
      const seam = cutBeforeReply('startup');
      const daemon = await startDaemon(t, {
        beforeReply: seam.beforeReply,
        config: { limits: { sessionsPerOwner: 1 } },
      });
      await seam.cut(daemon, '/v1/startup', {}, async () => {
        const [found] = (await daemon.api.ok.get('/v1/sessions')).sessions;
        await daemon.api.ok.delete(`/v1/sessions/${found.sessionId}`);
        await startSession(daemon, provider);
      });
      assert.equal(daemon.app.daemon.sessions.size, 1);
      assert.equal((await daemon.api.problem.post('/v1/startup', {})).status, 429);
    });

    test('one more startup whose reply is lost, after the last cleanup', async (t) => {
      const seam = cutBeforeReply('startup');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      await seam.cut(daemon, '/v1/startup', { sessionId: session.id }, async () => {
        await session.ok('cleanup');
        assert.equal((await session.ok('cleanup')).startups, 0);
      });
      assert.equal((await daemon.api.ok.get(session.path)).startups, 0);
      await daemon.api.ok.post('/v1/startup', { sessionId: session.id });
      assert.equal((await daemon.api.ok.get(session.path)).startups, 1);
      await (await session.stream()).ok('close');
    });

    test('an id in another session is closed, then its reply is lost: the first id stays', async (t) => {
      const seam = cutBeforeReply('duplicate');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [one, two] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      const [client, server] = await one.pair();
      await seam.cut(daemon, `/v1/sockets/${client.id}/duplicate`, { sessionId: two.id }, async () => {
        for (const made of await others(daemon, two)) await made.ok('close');
      });
      const guest = await client.duplicate({ sessionId: two.id });
      await daemon.api.ok.delete(one.path);
      // The provider of the ended session stays for the duplicate.
      assert.equal((await guest.ok('recv')).eof, true);
      await guest.ok('close');
      assert.equal(daemon.app.daemon.sockets.find(server.id), undefined);
      assert.equal(daemon.app.daemon.sockets.size, 0);
    });
  });
}
