/** select and poll: many sockets, one wait. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  atRest,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  until,
} from '../test-daemon.js';

const NONE = { read: [], write: [], except: [] };

/** Resolves when so many calls are pending in the session. */
const calls = (daemon: TestDaemon, session: TestSession, count = 1): Promise<void> =>
  until(
    () => daemon.app.daemon.sessions.findOfAnyOwner(session.id)?.calls.size === count,
    `${count} calls are under way`,
  );

for (const provider of PROVIDERS) {
  describe(`select on ${provider}`, () => {
    test('answers the ready sockets in the order given', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const [other] = await session.pair();
      const listener = await session.listener();
      await client.ok('send', { data: { text: 'x' } });
      const asked = [listener.id, server.id, other.id, client.id];
      const first = await session.ok('select', { read: asked, timeoutMs: 10_000 });
      assert.deepEqual(first, { ...NONE, read: [server.id] });
      const second = await session.ok('select', { read: asked, write: [...asked, client.id], except: asked });
      assert.deepEqual(second, { read: [server.id], write: [server.id, other.id, client.id], except: [] });
    });

    test('500 sockets of two providers', async (t) => {
      const daemon = await startDaemon(t);
      const [native, lab] = [await startSession(daemon, provider), 'lab' as const];
      const opened = await Promise.all(
        Array.from({ length: 250 }, async () => [
          await native.datagram(),
          await native.socket({ provider: lab, family: 'AF_INET', type: 'SOCK_DGRAM' }),
        ]),
      );
      const sockets = opened.flat();
      for (const at of [17, 444]) {
        const target = sockets[at];
        assert.ok(target);
        await target.ok('bind', { address: { family: 'AF_INET', address: '127.0.0.1', port: 0 } });
        const read = sockets.map(({ id }) => id);
        const waiting = native.ok('select', { read });
        await calls(daemon, native);
        const from = sockets[at % 2 === 0 ? 0 : 1];
        assert.ok(from);
        await from.ok('sendTo', { data: { text: 'x' }, address: await target.sockName() });
        assert.deepEqual(await waiting, { ...NONE, read: [target.id] });
        await target.ok('recvFrom');
      }
    });

    test('at the limit of the client or the daemon nothing is ready', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const events = [{ socketId: client.id, events: ['POLLIN'] }];
      for (const [params, ms] of [
        [{ timeoutMs: 1_000 }, 1_000],
        [{}, 25_000],
      ] as const) {
        const selecting = session.ok('select', { read: [client.id], ...params });
        const polling = session.ok('poll', { sockets: events, ...params });
        await calls(daemon, session, 2);
        clock.advance(ms);
        assert.deepEqual(await selecting, NONE);
        assert.deepEqual(await polling, { ready: 0, sockets: [{ socketId: client.id, revents: [] }] });
      }
      assert.deepEqual(await session.ok('select', { read: [client.id], timeoutMs: 0 }), NONE);
    });

    test('a connection, the end of the peer, a reset: readable; a failed connect: except', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const accepting = session.ok('select', { read: [listener.id] });
      await listener.untilBusy();
      const client = await session.stream();
      const unconnected = session.ok('select', { write: [client.id], except: [client.id] });
      await client.untilBusy();
      await client.ok('connect', { address });
      assert.deepEqual(await accepting, { ...NONE, read: [listener.id] });
      assert.deepEqual(await unconnected, { ...NONE, write: [client.id] });
      const server = await listener.accept();
      const ending = session.ok('select', { read: [server.id] });
      await server.untilBusy();
      await client.ok('sendDisconnect');
      assert.deepEqual(await ending, { ...NONE, read: [server.id] });
      const [one, two] = await session.pair();
      await one.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await one.ok('close');
      assert.deepEqual((await session.ok('select', { read: [two.id] })).read, [two.id]);
      const dead = await session.refusingAddress();
      const refused = await session.stream();
      await refused.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await refused.answer('connect', { address: dead.address });
      const set = [refused.id];
      const failed = await session.ok('select', { read: set, write: set, except: set, timeoutMs: 10_000 });
      assert.deepEqual(failed, { ...NONE, except: set });
    });

    if (provider !== 'lab') {
      test('urgent data: except, POLLRDBAND, FD_OOB, once', async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const [client, server] = await session.pair();
        const set = [server.id];
        await server.ok('eventSelect', { events: ['FD_OOB', 'FD_READ'] });
        const waiting = session.ok('select', { read: set, except: set });
        const polling = session.ok('poll', { sockets: [{ socketId: server.id, events: ['POLLRDBAND'] }] });
        await calls(daemon, session, 2);
        await client.ok('send', { data: { text: '!' }, flags: ['MSG_OOB'] });
        assert.deepEqual((await waiting).except, set);
        assert.deepEqual((await polling).sockets[0].revents, ['POLLRDBAND']);
        const { events } = await server.ok('enumNetworkEvents', { timeoutMs: 10_000 });
        assert.deepEqual(events, [{ event: 'FD_OOB', code: 0 }]);
        await server.ok('recv', { flags: ['MSG_OOB'] });
        assert.deepEqual(await session.ok('select', { except: set, timeoutMs: 0 }), NONE);
      });
    }

    test('a reset is no exception: a select for exceptions goes on waiting without spinning', async (t) => {
      // After a poll that found nothing it rests, by the clock.
      const daemon = await startDaemon(t, { clock: new ManualClock() });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const waiting = session.answer('select', { except: [client.id] });
      await client.untilBusy();
      await server.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await server.ok('close');
      await session.ok('select', { read: [client.id] });
      await atRest(daemon);
      await client.ok('cancel');
      assert.equal((await waiting).body.name, 'WSA_OPERATION_ABORTED');
    });

    test('a socket is writable after SD_SEND; after SD_RECEIVE only its end is readable', async (t) => {
      // After a poll that found nothing it rests, by the clock.
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const set = [client.id];
      const selecting = session.ok('select', { read: set });
      const polling = session.ok('poll', { sockets: [{ socketId: client.id, events: ['POLLIN'] }] });
      await calls(daemon, session, 2);
      await client.ok('shutdown', { how: 'SD_RECEIVE' });
      await atRest(daemon);
      assert.deepEqual(await session.ok('select', { read: set, write: set }), { ...NONE, write: set });
      await client.ok('shutdown', { how: 'SD_SEND' });
      assert.deepEqual(await session.ok('select', { read: set, write: set }), { ...NONE, write: set });
      const asked = [{ socketId: client.id, events: ['POLLIN', 'POLLOUT'] }];
      const { sockets } = await session.ok('poll', { sockets: asked });
      assert.deepEqual(sockets[0].revents, ['POLLWRNORM']);
      await server.ok('shutdown', { how: 'SD_SEND' });
      clock.advance(10);
      assert.deepEqual(await selecting, { ...NONE, read: set });
      assert.deepEqual((await polling).sockets[0].revents, ['POLLHUP']);
    });

    test('a socket closed meanwhile: in `read` it alone is ready, else WSAENOTSOCK', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      // Sockets without a connection are never ready.
      for (const sets of [['read'], ['read', 'write', 'except']]) {
        const [closed, other] = [await session.stream(), await session.stream()];
        const ids = [other.id, closed.id];
        const asked = Object.fromEntries(sets.map((name) => [name, ids]));
        const waiting = session.ok('select', { ...asked, except: ids });
        await closed.untilBusy();
        await closed.ok('close');
        assert.deepEqual(await waiting, { ...NONE, read: [closed.id] });
      }
      for (const sets of [['except'], ['write'], ['write', 'except']]) {
        const [closed, other] = [await session.stream(), await session.stream()];
        const asked = Object.fromEntries(sets.map((name) => [name, [other.id, closed.id]]));
        const waiting = session.problem('select', { read: [other.id], ...asked });
        await closed.untilBusy();
        await closed.ok('close');
        const { status, name, socketId } = await waiting;
        assert.deepEqual([status, name, socketId], [410, 'WSAENOTSOCK', closed.id]);
      }
    });

    test('cancel and cleanup end it with WSA_OPERATION_ABORTED', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      for (const end of [
        () => client.ok('cancel'),
        () => daemon.api.ok.post(`${session.path}/cleanup`, {}),
      ] as const) {
        const waiting = session.answer('select', { read: [client.id] });
        await client.untilBusy();
        await end();
        assert.equal((await waiting).body.name, 'WSA_OPERATION_ABORTED');
      }
    });

    test('select refuses empty sets, and ids that name no socket', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      assert.equal((await session.problem('select', {})).name, 'WSAEINVAL');
      assert.equal((await session.problem('select', { read: [], except: [] })).name, 'WSAEINVAL');
      await server.ok('close');
      const gone = await session.problem('select', { read: [client.id], write: [server.id] });
      assert.deepEqual([gone.status, gone.name, gone.socketId], [410, 'WSAENOTSOCK', server.id]);
      const unknown = await session.problem('select', { read: ['sck_no_such'] });
      assert.deepEqual([unknown.status, unknown.socketId], [404, 'sck_no_such']);
      const foreign = await (await startSession({ api: daemon.bob, app: daemon.app }, provider)).stream();
      assert.equal((await session.problem('select', { read: [foreign.id] })).status, 404);
      const elsewhere = await (await startSession(daemon, provider)).stream();
      assert.equal((await session.problem('select', { read: [elsewhere.id] })).status, 404);
    });

    test('select is the one blocking call of a 1.x session', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider, { version: '1.1' });
      const [client] = await session.pair();
      const waiting = session.answer('select', { read: [client.id] });
      await client.untilBusy();
      assert.equal((await session.problem('poll', { sockets: [] })).name, 'WSAEINPROGRESS');
      await client.ok('cancel');
      assert.equal((await waiting).body.name, 'WSAEINTR');
    });
  });

  describe(`poll on ${provider}`, () => {
    test('answers in order, POLLNVAL for ids without a socket', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const fresh = await session.stream();
      await client.ok('send', { data: { text: 'x' } });
      await session.ok('select', { read: [server.id] });
      const ask = (socketId: string, ...events: string[]) => ({ socketId, events });
      const answer = await session.ok('poll', {
        sockets: [
          ask(server.id, 'POLLIN', 'POLLOUT'),
          ask(fresh.id, 'POLLIN', 'POLLOUT'),
          ask('sck_gone', 'POLLIN'),
          ask(client.id, 'POLLWRNORM'),
          ask(server.id, 'POLLOUT'),
        ],
      });
      assert.deepEqual(answer, {
        ready: 3,
        sockets: [
          { socketId: server.id, revents: ['POLLRDNORM', 'POLLWRNORM'] },
          { socketId: fresh.id, revents: [] },
          { socketId: 'sck_gone', revents: ['POLLNVAL'] },
          { socketId: client.id, revents: ['POLLWRNORM'] },
          { socketId: server.id, revents: ['POLLWRNORM'] },
        ],
      });
    });

    test('an id without a socket does not count, and does not end the wait', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [live, dead, closed] = [await session.stream(), await session.stream(), await session.stream()];
      await dead.ok('close');
      const sockets = [dead, live, closed].map(({ id }) => ({ socketId: id, events: ['POLLIN'] }));
      const limited = session.ok('poll', { sockets, timeoutMs: 1_000 });
      const ended = session.ok('poll', { sockets });
      await calls(daemon, session, 2);
      clock.advance(1_000);
      const flagged = (...revents: string[][]) =>
        sockets.map(({ socketId }, i) => ({ socketId, revents: revents[i] }));
      assert.deepEqual(await limited, { ready: 0, sockets: flagged(['POLLNVAL'], [], []) });
      await closed.ok('close');
      assert.deepEqual(await ended, { ready: 1, sockets: flagged(['POLLNVAL'], [], ['POLLNVAL']) });
    });

    test('waits; a socket closed meanwhile is POLLNVAL', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const sockets = [client, server].map(({ id }) => ({ socketId: id, events: ['POLLIN'] }));
      const ending = session.ok('poll', { sockets });
      await client.untilBusy();
      await client.ok('sendDisconnect');
      const { ready, sockets: flagged } = await ending;
      assert.deepEqual([ready, flagged[1].revents], [1, ['POLLHUP']]);
      const closing = session.ok('poll', { sockets: sockets.slice(0, 1) });
      await client.untilBusy();
      await client.ok('close');
      assert.deepEqual(await closing, {
        ready: 1,
        sockets: [{ socketId: client.id, revents: ['POLLNVAL'] }],
      });
    });

    test('poll refuses some flags, an empty list, and lists without a live socket', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { id: socketId } = await session.stream();
      for (const bad of ['POLLPRI', 'POLLWRBAND', 'POLLERR', 'POLLHUP', 'POLLNVAL']) {
        const problem = await session.problem('poll', { sockets: [{ socketId, events: ['POLLIN', bad] }] });
        assert.equal(problem.name, 'WSAEINVAL', bad);
      }
      assert.equal((await session.problem('poll', { sockets: [] })).name, 'WSAEINVAL');
      const none = await session.problem('poll', { sockets: [{ socketId: 'sck_x', events: ['POLLERR'] }] });
      assert.deepEqual([none.name, none.status], ['WSAENOTSOCK', 404]);
      const closed = await session.stream();
      await closed.ok('close');
      const sockets = [closed.id, 'sck_x'].map((id) => ({ socketId: id, events: ['POLLIN'] }));
      const gone = await session.problem('poll', { sockets });
      assert.deepEqual([gone.name, gone.status, gone.socketId], ['WSAENOTSOCK', 410, closed.id]);
    });
  });
}
