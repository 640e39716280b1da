/** What a call took but could not deliver goes back: no byte, connection or error code is lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { loopback, PROVIDERS, startDaemon, startSession, TestSocket, textOf } from '../test-daemon.js';
import { cutBeforeReply, post } from './lost-replies.js';

for (const provider of PROVIDERS) {
  describe(`delivery on ${provider}`, () => {
    test('a client that disconnects during recv: the next recv gets every byte', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const gone = post(daemon, `/v1/sockets/${server.id}/recv`, {});
      await server.untilBusy();
      gone.destroy();
      await server.untilIdle();
      await client.ok('send', { data: { text: 'every byte' } });
      assert.equal(textOf(await server.ok('recv')), 'every byte');
    });

    test('a client that disconnects before the reply: the next recv gets every byte', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'first ' } });
      await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, {});
      await client.ok('send', { data: { text: 'second' } });
      await client.ok('sendDisconnect');
      const peeked = await server.ok('recv', { flags: ['MSG_PEEK'], maxBytes: 3 });
      assert.equal(textOf(peeked), 'fir');
      const { value } = await server.ok('ioctl', { request: 'FIONREAD' });
      assert.ok(value >= 6);
      const once = await server.ok('recv', { flags: ['MSG_PEEK'], maxBytes: value });
      assert.equal(once.bytesReceived, value, 'one recv gives what FIONREAD said');
      assert.equal(await server.drain(), 'first second');
    });

    test('bytes that went back make the socket ready, for waiting calls and for polls', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await server.ok('eventSelect', { events: ['FD_READ'] });
      await client.ok('send', { data: { text: 'x' } });
      await session.ok('select', { read: [server.id] });
      const taken = await server.ok('enumNetworkEvents', { timeoutMs: 10_000 });
      assert.deepEqual(taken.events, [{ event: 'FD_READ', code: 0 }]);
      const cut = seam.cut(daemon, `/v1/sockets/${server.id}/recv`, {});
      await cut;
      assert.deepEqual((await session.ok('select', { read: [server.id] })).read, [server.id]);
      const sockets = [{ socketId: server.id, events: ['POLLIN'] }];
      assert.deepEqual((await session.ok('poll', { sockets })).sockets[0].revents, ['POLLRDNORM']);
      const again = await server.ok('enumNetworkEvents', { timeoutMs: 10_000 });
      assert.deepEqual(again.events, [{ event: 'FD_READ', code: 0 }]);
    });

    test('an undelivered event record goes back, an undelivered duplicate is closed', async (t) => {
      const seams = [cutBeforeReply('enumNetworkEvents'), cutBeforeReply('duplicate')] as const;
      const beforeReply = async (id: string, name: string): Promise<void> => {
        for (const seam of seams) await seam.beforeReply(id, name);
      };
      const daemon = await startDaemon(t, { beforeReply });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await server.ok('eventSelect', { events: ['FD_CLOSE'] });
      await client.ok('sendDisconnect');
      await seams[0].cut(daemon, `/v1/sockets/${server.id}/enumNetworkEvents`, {});
      const { events } = await server.ok('enumNetworkEvents', { timeoutMs: 10_000 });
      assert.deepEqual(events, [{ event: 'FD_CLOSE', code: 0 }]);
      const before = (await daemon.api.ok.get(`${session.path}/sockets`)).sockets.length;
      await seams[1].cut(daemon, `/v1/sockets/${server.id}/duplicate`, {});
      assert.equal((await daemon.api.ok.get(`${session.path}/sockets`)).sockets.length, before);
      await server.ok('close');
      assert.equal((await client.ok('recv')).eof, true);
    });

    test('an undelivered MSG_WAITALL: every byte that it had collected goes back', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'one, ' } });
      const cut = seam.cut(daemon, `/v1/sockets/${server.id}/recv`, { flags: ['MSG_WAITALL'], maxBytes: 8 });
      await server.untilBusy();
      await client.ok('send', { data: { text: 'two and three' } });
      await cut;
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'one, two and three');
    });

    if (provider !== 'lab') {
      test('an undelivered urgent byte goes back, apart from the stream', async (t) => {
        const seam = cutBeforeReply('recv');
        const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
        const [client, server] = await (await startSession(daemon, provider)).pair();
        await client.ok('send', { data: { text: 'in order' } });
        await client.ok('send', { data: { text: '!' }, flags: ['MSG_OOB'] });
        await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, { flags: ['MSG_OOB'] });
        assert.equal((await server.ok('ioctl', { request: 'SIOCATMARK' })).value, 0);
        await client.ok('sendDisconnect');
        assert.equal(await server.drain(), 'in order');
        assert.equal(textOf(await server.ok('recv', { flags: ['MSG_OOB'] })), '!');
      });
    }

    test('a recv that arrives before the reply is known to be lost does not overtake it', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'abcdef' } });
      let next: Promise<Body> | undefined;
      await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, { maxBytes: 3 }, async () => {
        next = server.ok('recv', { maxBytes: 3 });
        // It still waits for its turn, and must not have been answered.
        await Promise.race([server.untilBusy(), next]);
      });
      const texts = [await next, await server.ok('recv', { maxBytes: 3 })].map(({ data }) =>
        textOf({ data }),
      );
      assert.deepEqual(texts, ['abc', 'def']);
    });

    test('two replies lost in a row, by different sizes: every byte once, in order', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const path = `/v1/sockets/${server.id}/recv`;
      await client.ok('send', { data: { text: 'AAAAbbbbbb' } });
      await seam.cut(daemon, path, {});
      await seam.cut(daemon, path, { maxBytes: 4 });
      await client.ok('send', { data: { text: 'CCC' } });
      await seam.cut(daemon, path, { flags: ['MSG_WAITALL'], maxBytes: 12 });
      const sent = 'AAAAbbbbbbCCC';
      assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, sent.length);
      const peeked = await server.ok('recv', { flags: ['MSG_PEEK'] });
      assert.equal(textOf(peeked), sent);
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), sent);
    });

    test('bytes and connections that went back wake calls that wait by another id', async (t) => {
      const seams = [cutBeforeReply('recv'), cutBeforeReply('accept')] as const;
      const beforeReply = async (id: string, name: string): Promise<void> => {
        for (const seam of seams) await seam.beforeReply(id, name);
      };
      const daemon = await startDaemon(t, { beforeReply });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const second = await server.duplicate();
      await client.ok('send', { data: { text: 'x' } });
      let receiving: Promise<Body> | undefined;
      await seams[0].cut(daemon, `/v1/sockets/${server.id}/recv`, {}, async () => {
        receiving = second.ok('recv');
        await second.untilBusy();
      });
      assert.equal((await receiving)?.bytesReceived, 1);

      const listener = await session.listener();
      const other = await listener.duplicate();
      await (await session.stream()).ok('connect', { address: await listener.sockName() });
      let accepting: Promise<Body> | undefined;
      await seams[1].cut(daemon, `/v1/sockets/${listener.id}/accept`, {}, async () => {
        accepting = other.ok('accept');
        await other.untilBusy();
      });
      assert.equal((await accepting)?.state, 'connected');
    });

    test('an undelivered datagram of recv is received by recvFrom with its sender', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      await a.ok('sendTo', { data: { text: 'one' }, address: await b.sockName() });
      await seam.cut(daemon, `/v1/sockets/${b.id}/recv`, {});
      await seam.cut(daemon, `/v1/sockets/${b.id}/recv`, {});
      assert.equal((await b.ok('recvFrom')).address.port, (await a.sockName()).port);
    });

    test('a second lost reply: accept, conditionalAccept, connect, enumNetworkEvents', async (t) => {
      const seam = cutBeforeReply();
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const lostTwice = async (socket: TestSocket, operation: string, params: object): Promise<Body> => {
        for (let i = 0; i < 2; i++) await seam.cut(daemon, `/v1/sockets/${socket.id}/${operation}`, params);
        return socket.ok(operation, params);
      };
      const clients = [await session.stream(), await session.stream()] as const;
      const address = await listener.sockName();
      for (const client of clients) await lostTwice(client, 'connect', { address });
      const accepted = [
        (await lostTwice(listener, 'accept', {})).socketId,
        (await lostTwice(listener, 'conditionalAccept', { condition: 'CF_ACCEPT' })).socketId,
      ];
      for (const [i, client] of clients.entries()) {
        await client.ok('send', { data: { text: `from ${i}` } });
        const server = new TestSocket(daemon, accepted[i]);
        assert.equal(textOf(await server.ok('recv')), `from ${i}`);
        await server.ok('eventSelect', { events: ['FD_CLOSE'] });
        await client.ok('sendDisconnect');
        const { events } = await lostTwice(server, 'enumNetworkEvents', { timeoutMs: 10_000 });
        assert.deepEqual(events, [{ event: 'FD_CLOSE', code: 0 }]);
      }
    });

    test('an SO_ERROR whose reply is lost twice is there for the third read', async (t) => {
      const seam = cutBeforeReply('getSockOpt');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const { address } = await session.refusingAddress();
      const client = await session.stream();
      await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await client.problem('connect', { address })).name, 'WSAEWOULDBLOCK');
      await session.ok('select', { except: [client.id], timeoutMs: 10_000 });
      const path = `/v1/sockets/${client.id}/options/SOL_SOCKET/SO_ERROR`;
      for (let i = 0; i < 2; i++) await seam.cut(daemon, path, {}, async () => {}, 'GET');
      assert.deepEqual((await daemon.api.ok.get(path)).value, { integer: 10061 });
    });

    test('an undelivered datagram keeps its sender and its boundary', async (t) => {
      const seam = cutBeforeReply('recvFrom');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await b.sockName();
      await a.ok('sendTo', { data: { text: 'one' }, address });
      await seam.cut(daemon, `/v1/sockets/${b.id}/recvFrom`, {});
      await a.ok('sendTo', { data: { text: 'two' }, address });
      for (const text of ['one', 'two']) {
        const got = await b.ok('recvFrom');
        assert.equal(textOf(got), text);
        assert.equal(got.address.port, (await a.sockName()).port);
      }
    });

    test('an undelivered accept: the connection is the next one accepted', async (t) => {
      const seam = cutBeforeReply('accept');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const [first, second] = [await session.stream(), await session.stream()];
      await first.ok('connect', { address });
      await seam.cut(daemon, `/v1/sockets/${listener.id}/accept`, {});
      await second.ok('connect', { address });
      await first.ok('send', { data: { text: 'I was first' } });
      const { socketId } = await listener.ok('accept');
      assert.equal(textOf(await new TestSocket(daemon, socketId).ok('recv')), 'I was first');
    });

    test('an undelivered conditionalAccept: the offer is first again, by the same id', async (t) => {
      const seam = cutBeforeReply('conditionalAccept');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const { offerId } = await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
      const accept = { condition: 'CF_ACCEPT', offerId };
      await seam.cut(daemon, `/v1/sockets/${listener.id}/conditionalAccept`, accept);
      const { socketId } = await listener.ok('conditionalAccept', accept);
      await client.ok('send', { data: { text: 'once more' } });
      assert.equal(textOf(await new TestSocket(daemon, socketId).ok('recv')), 'once more');
    });

    test('an undelivered new socket and an undelivered new session are closed', async (t) => {
      const seam = cutBeforeReply('socket');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      await seam.cut(daemon, `${session.path}/sockets`, { family: 'AF_INET', type: 'SOCK_STREAM', provider });
      assert.equal(daemon.app.daemon.sockets.size, 0);

      const startups = cutBeforeReply('startup');
      const s = await startDaemon(t, { beforeReply: startups.beforeReply });
      await startups.cut(s, '/v1/startup', {});
      assert.equal(s.app.daemon.sessions.size, 0);
    });

    test('after an undelivered success of connect the next connect succeeds', async (t) => {
      const seam = cutBeforeReply('connect');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const socket = await session.stream();
      await seam.cut(daemon, `/v1/sockets/${socket.id}/connect`, { address });
      await socket.ok('connect', { address });
      assert.equal((await socket.problem('connect', { address })).name, 'WSAEISCONN');
    });

    test('an undelivered removeFault leaves the fault and its counters for the next one', async (t) => {
      const seam = cutBeforeReply('removeFault');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const faults = `${session.path}/faults`;
      const fail = { operation: 'bind', effect: 'fail', code: 'WSAENETDOWN' };
      const bind = { address: loopback('AF_INET', 0) };
      const first = await daemon.api.ok.post(faults, { ...fail, socketId: socket.id });
      await daemon.api.ok.post(faults, { ...fail, code: 'WSAEFAULT' });
      await socket.problem('bind', bind);
      const path = `${faults}/${first.faultId}`;
      for (let i = 0; i < 2; i++) {
        await seam.cut(
          daemon,
          path,
          {},
          async () => assert.equal((await daemon.api.get(path)).status, 404),
          'DELETE',
        );
      }
      assert.equal(
        (await socket.problem('bind', bind)).name,
        'WSAENETDOWN',
        'the earliest armed is outermost',
      );
      const removed = await daemon.api.ok.delete(path);
      assert.deepEqual([removed.calls, removed.hits], [2, 2]);

      const gone = await daemon.api.ok.post(faults, { ...fail, socketId: socket.id });
      await seam.cut(
        daemon,
        `${faults}/${gone.faultId}`,
        {},
        async () => void (await socket.ok('close')),
        'DELETE',
      );
      assert.equal((await daemon.api.get(`${faults}/${gone.faultId}`)).status, 404, 'its socket is gone');
    });

    test('an undelivered accepted socket stays if another client has found and used it', async (t) => {
      const seam = cutBeforeReply('accept');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      let found: TestSocket | undefined;
      let receiving: Promise<Body> | undefined;
      await seam.cut(daemon, `/v1/sockets/${listener.id}/accept`, {}, async () => {
        const { sockets } = await daemon.api.ok.get(`${session.path}/sockets`);
        const [accepted] = sockets.filter(
          ({ socketId, state }: Body) => state === 'connected' && socketId !== client.id,
        );
        found = new TestSocket(daemon, accepted.socketId);
        receiving = found.ok('recv');
        await found.untilBusy();
      });
      await client.ok('send', { data: { text: 'to the client that found it' } });
      assert.equal(textOf(await receiving), 'to the client that found it');
      await found?.ok('close');
    });
  });
}
