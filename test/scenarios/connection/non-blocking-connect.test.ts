/**
 * connect in non-blocking mode answers WSAEWOULDBLOCK first, even if the attempt ends at once; the state,
 * select, FD_CONNECT and SO_ERROR show its result.
 * https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SocketAddress } from '../../../src/winsock/addresses.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
} from '../test-daemon.js';

const NONE = { read: [], write: [], except: [] };
const LIMIT = { timeoutMs: 10_000 };

const nonBlocking = async (session: TestSession): Promise<TestSocket> => {
  const socket = await session.stream();
  await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
  return socket;
};

const begins = async (socket: TestSocket, address: SocketAddress): Promise<void> => {
  const { name, status } = await socket.problem('connect', { address });
  assert.deepEqual([name, status], ['WSAEWOULDBLOCK', 409]);
};

/** Waits by select until the connect has ended. */
const ended = (session: TestSession, socket: TestSocket) =>
  session.ok('select', { write: [socket.id], except: [socket.id], ...LIMIT });

/** The results of select with all three sets and of poll; reading them changes nothing. */
const states = async (session: TestSession, socket: TestSocket): Promise<unknown> => {
  const set = [socket.id];
  const sets = await session.ok('select', { read: set, write: set, except: set, timeoutMs: 0 });
  const events = ['POLLIN', 'POLLOUT'];
  const polled = await session.ok('poll', { sockets: [{ socketId: socket.id, events }], timeoutMs: 0 });
  return {
    sets: Object.keys(sets).filter((name) => sets[name].length > 0),
    revents: polled.sockets[0].revents,
  };
};

/** A connect has failed, and none has succeeded since. */
const FAILED = { sets: ['except'], revents: ['POLLWRNORM', 'POLLERR', 'POLLHUP'] };

const soError = async (daemon: TestDaemon, socket: TestSocket): Promise<number> =>
  (await daemon.api.ok.get(`/v1/sockets/${socket.id}/options/SOL_SOCKET/SO_ERROR`)).value.integer;

for (const provider of PROVIDERS) {
  describe(`non-blocking connect on ${provider}`, () => {
    test('success: select reports it writable, then everything works without another connect', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const socket = await nonBlocking(session);
      await begins(socket, address);
      assert.deepEqual(await ended(session, socket), { ...NONE, write: [socket.id] });
      const info = await socket.info();
      assert.deepEqual([info.state, info.remoteAddress], ['connected', address]);
      await socket.ok('send', { data: { text: 'hello' } });
      const server = await listener.accept();
      await socket.ok('sendDisconnect');
      assert.equal(await server.drain(), 'hello');
      assert.equal(await soError(daemon, socket), 0);
      assert.equal((await socket.problem('connect', { address })).name, 'WSAEISCONN');
      const journal = await daemon.api.ok.get(`/v1/sockets/${socket.id}/journal`);
      assert.deepEqual(journal.remoteAddress, address);
      const recorded = journal.entries.map(
        (e: { operation: string; stateBefore: string; stateAfter: string }) => [
          e.operation,
          e.stateBefore,
          e.stateAfter,
        ],
      );
      const fromConnect = recorded.findIndex(([operation]: string[]) => operation === 'connect');
      assert.deepEqual(recorded.slice(fromConnect, fromConnect + 2), [
        ['connect', 'fresh', 'connecting'],
        ['send', 'connected', 'connected'],
      ]);
    });

    test('the very next call sees the result: a list, a poll, a send', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const [listed, polled, sending] = [
        await nonBlocking(session),
        await nonBlocking(session),
        await nonBlocking(session),
      ];
      for (const socket of [listed, polled, sending]) await begins(socket, address);
      // A connection that can be accepted is complete on both sides.
      for (let i = 0; i < 3; i++) await listener.ok('accept', LIMIT);
      const { sockets } = await daemon.api.ok.get(`${session.path}/sockets`);
      const [one] = sockets.filter(({ socketId }: { socketId: string }) => socketId === listed.id);
      assert.equal(one.state, 'connected');
      const asked = [{ socketId: polled.id, events: ['POLLOUT'] }];
      assert.deepEqual((await session.ok('poll', { sockets: asked, ...LIMIT })).sockets[0].revents, [
        'POLLWRNORM',
      ]);
      await sending.ok('send', { data: { text: 'x' } });
      assert.equal((await sending.info()).state, 'connected');
    });

    test('back in blocking mode, connect after an unreported success is WSAEISCONN', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const address = await (await session.listener()).sockName();
      const socket = await nonBlocking(session);
      await begins(socket, address);
      await ended(session, socket);
      await socket.ok('ioctl', { request: 'FIONBIO', value: 0 });
      assert.equal((await socket.problem('connect', { address })).name, 'WSAEISCONN');
    });

    test('refusal: except, SO_ERROR, and another connect begins a new attempt', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address: dead, holder } = await session.refusingAddress();
      const socket = await nonBlocking(session);
      await begins(socket, dead);
      assert.deepEqual(await ended(session, socket), { ...NONE, except: [socket.id] });
      assert.ok(['fresh', 'bound'].includes((await socket.info()).state));
      for (let i = 0; i < 2; i++) {
        assert.equal(await soError(daemon, socket), 10061, 'however often it is read');
        assert.deepEqual(await states(session, socket), FAILED);
      }
      await begins(socket, dead);
      await ended(session, socket);
      await holder.ok('listen');
      await begins(socket, dead);
      assert.deepEqual((await ended(session, socket)).write, [socket.id]);
      assert.equal(await soError(daemon, socket), 0);
      await holder.ok('accept', LIMIT);
      await socket.ok('send', { data: { text: 'x' } });
    });

    test('an unreported refusal does not end the next blocking connect', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address: dead, holder } = await session.refusingAddress();
      const socket = await nonBlocking(session);
      await begins(socket, dead);
      await ended(session, socket);
      await holder.ok('listen');
      await socket.ok('ioctl', { request: 'FIONBIO', value: 0 });
      await socket.ok('connect', { address: dead });
    });

    test('while pending: WSAEALREADY; a blocking connect to the same address waits for it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.connecting();
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const { remoteAddress } = await socket.info();
      assert.equal((await socket.problem('connect', { address: remoteAddress })).name, 'WSAEALREADY');
      assert.equal(
        (await socket.problem('connect', { address: loopback('AF_INET', 9) })).name,
        'WSAEALREADY',
      );
      assert.equal((await socket.info()).state, 'connecting');
      assert.deepEqual(
        await session.ok('select', { write: [socket.id], except: [socket.id], timeoutMs: 0 }),
        NONE,
      );
      await socket.ok('ioctl', { request: 'FIONBIO', value: 0 });
      const waiting = socket.answer('connect', { address: remoteAddress });
      await socket.untilBusy();
      await socket.ok('close');
      assert.equal((await waiting).body.name, 'WSAEINTR');
    });

    test('FD_CONNECT is recorded with its code, also for a blocking connect by another id', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address: dead, holder } = await session.refusingAddress();
      const selecting = async (): Promise<[TestSocket, TestSocket]> => {
        const socket = await session.stream();
        const second = await socket.duplicate();
        await socket.ok('eventSelect', { events: ['FD_CONNECT', 'FD_WRITE'] });
        return [socket, second];
      };
      const events = async (socket: TestSocket) => (await socket.ok('enumNetworkEvents', LIMIT)).events;
      const refused = [{ event: 'FD_CONNECT', code: 10061, name: 'WSAECONNREFUSED' }];
      const [socket] = await selecting();
      await begins(socket, dead);
      assert.deepEqual(await events(socket), refused);
      const [other, second] = await selecting();
      assert.equal((await second.problem('connect', { address: dead })).name, 'WSAECONNREFUSED');
      assert.deepEqual(await events(other), refused);
      await holder.ok('listen');
      const [connecting] = await selecting();
      await begins(connecting, dead);
      const seen: string[] = [];
      while (seen.length < 2) {
        for (const { event, code } of await events(connecting)) {
          assert.equal(code, 0);
          seen.push(event);
        }
      }
      assert.deepEqual(seen.sort(), ['FD_CONNECT', 'FD_WRITE']);
    });

    test('on a datagram socket connect sets the peer at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const peer = await session.datagram();
      await peer.ok('bind', { address: loopback('AF_INET', 0) });
      const socket = await session.datagram();
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await socket.ok('connect', { address: await peer.sockName() });
      assert.equal((await socket.info()).state, 'connected');
    });
  });
}

test('the next connect that waits answers the callee data of one that did not wait', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const listener = await session.listener();
  const socket = await nonBlocking(session);
  const address = await listener.sockName();
  const begun = await socket.problem('connect', { address, callerData: { text: 'who?' } });
  assert.equal(begun.name, 'WSAEWOULDBLOCK');
  await listener.ok('accept', { calleeData: { text: 'me' }, ...LIMIT });
  await ended(session, socket);
  await socket.ok('ioctl', { request: 'FIONBIO', value: 0 });
  assert.equal((await socket.ok('connect', { address })).calleeData.base64, btoa('me'));
  assert.equal((await socket.problem('connect', { address })).name, 'WSAEISCONN');
});
