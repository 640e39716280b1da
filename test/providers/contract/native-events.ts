import assert from 'node:assert/strict';
import type { Handle, NativeNetworkEvents } from '../../../src/providers/provider.js';
import { NETWORK_EVENTS } from '../../../src/winsock/constants.js';
import { answer, bytes, type CaseSockets, refused, turn, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const { FD_READ, FD_WRITE, FD_ACCEPT, FD_CONNECT, FD_CLOSE } = NETWORK_EVENTS;
const ALL = FD_READ | FD_WRITE | FD_ACCEPT | FD_CONNECT | FD_CLOSE;

const eventsOf = (sockets: CaseSockets): NativeNetworkEvents => {
  assert.ok(sockets.provider.networkEvents);
  return sockets.provider.networkEvents;
};

/** Waits until the record is not empty; returns it. */
const next = async (sockets: CaseSockets, s: Handle): Promise<ReadonlyMap<number, number>> => {
  let woken = false;
  const watch = value(
    eventsOf(sockets).watch(s, () => {
      woken = true;
    }),
  );
  assert.equal(woken, false, 'never inside the call');
  await sockets.until('an event is recorded', () => woken).finally(() => watch.stop());
  return value(eventsOf(sockets).enumerate(s)).errors;
};

/** The rules of native network events. The emulation of the daemon has separate tests. */
export const nativeEvents = (suite: Suite): void => {
  if (!suite.hasNativeEvents) return;

  suite.case('native events: a connection records its events from connect to close', async (sockets) => {
    const listener = sockets.listener();
    const client = sockets.stream();
    for (const s of [listener.handle, client]) value(eventsOf(sockets).select(s, ALL));
    sockets.begin(client, listener.address);
    assert.deepEqual([...(await next(sockets, listener.handle))], [[FD_ACCEPT, 0]]);
    const { handle: server } = await sockets.accept(listener.handle);
    assert.deepEqual(
      [...(await next(sockets, client))],
      [
        [FD_WRITE, 0],
        [FD_CONNECT, 0],
      ],
    );
    await sockets.sendAll(server, bytes('ab'));
    assert.deepEqual([...(await next(sockets, client))], [[FD_READ, 0]]);
    assert.equal(value(eventsOf(sockets).enumerate(client)).events, 0, 'cleared');
    await sockets.recvExactly(client, 1);
    assert.deepEqual([...(await next(sockets, client))], [[FD_READ, 0]], 'enabled again by recv');
    await sockets.recvExactly(client, 1);
    sockets.close(server);
    assert.deepEqual([...(await next(sockets, client))], [[FD_CLOSE, 0]]);
    assert.equal((await sockets.recv(client)).length, 0);
  });

  suite.case('native events: a refused connect records its code', async (sockets) => {
    const client = sockets.stream();
    value(eventsOf(sockets).select(client, ALL));
    sockets.begin(client, sockets.deadAddress());
    assert.deepEqual([...(await next(sockets, client))], [[FD_CONNECT, 10061]]);
  });

  suite.case('native events: a datagram socket has none until it is bound', async (sockets) => {
    const peer = sockets.bind(sockets.datagram());
    const socket = sockets.datagram();
    value(eventsOf(sockets).select(socket, ALL));
    assert.equal(value(eventsOf(sockets).enumerate(socket)).events, 0);
    value(sockets.provider.connect(socket, peer));
    const errors = await next(sockets, socket);
    assert.deepEqual(new Map(errors), new Map([FD_WRITE, FD_CONNECT].map((event) => [event, 0])));
    assert.equal(value(eventsOf(sockets).enumerate(socket)).events, 0);
  });

  suite.case('native events: a lost connection is FD_CLOSE with WSAECONNABORTED', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(eventsOf(sockets).select(client, FD_READ | FD_CLOSE));
    sockets.abort(server);
    assert.deepEqual([...(await next(sockets, client))], [[FD_CLOSE, 10053]]);
    refused(sockets.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case(
    'native events: the end of the peer records FD_CLOSE, even with unread bytes before it',
    async (sockets) => {
      const { client, server } = await sockets.pair();
      value(eventsOf(sockets).select(client, FD_READ | FD_CLOSE));
      await sockets.sendAll(server, bytes('data'));
      assert.deepEqual([...(await next(sockets, client))], [[FD_READ, 0]]);
      sockets.close(server);
      assert.deepEqual([...(await next(sockets, client))], [[FD_CLOSE, 0]]);
      assert.equal((await sockets.recvAll(client)).toString('latin1'), 'data');
    },
  );

  suite.case('native events: more data and further connections are recorded again', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(eventsOf(sockets).select(client, FD_READ));
    for (const text of ['one', 'two']) {
      await sockets.sendAll(server, bytes(text));
      assert.deepEqual([...(await next(sockets, client))], [[FD_READ, 0]]);
      assert.equal(value(eventsOf(sockets).enumerate(client)).events, 0);
    }
    const listener = sockets.listener();
    value(eventsOf(sockets).select(listener.handle, FD_ACCEPT));
    for (let i = 0; i < 2; i++) {
      sockets.begin(sockets.stream(), listener.address);
      assert.deepEqual([...(await next(sockets, listener.handle))], [[FD_ACCEPT, 0]]);
      assert.equal(value(eventsOf(sockets).enumerate(listener.handle)).events, 0);
    }
  });

  suite.case('native events: an accepted connection has no selection', async (sockets) => {
    const listener = sockets.listener();
    value(eventsOf(sockets).select(listener.handle, ALL));
    sockets.begin(sockets.stream(), listener.address);
    const { handle } = await sockets.accept(listener.handle);
    refused(eventsOf(sockets).enumerate(handle), 'WSAEINVAL');
  });

  suite.case(
    'native events: events of an accepted connection are not recorded at its listener',
    async (sockets) => {
      const listener = sockets.listener();
      value(eventsOf(sockets).select(listener.handle, ALL));
      const client = sockets.stream();
      sockets.begin(client, listener.address);
      value(await sockets.ended(client));
      await sockets.sendAll(client, bytes('early'));
      assert.deepEqual([...(await next(sockets, listener.handle))], [[FD_ACCEPT, 0]]);
      const { handle: server } = await sockets.accept(listener.handle);
      assert.equal((await sockets.recvExactly(server, 5)).length, 5);
      assert.equal(value(eventsOf(sockets).enumerate(listener.handle)).events, 0);
      sockets.begin(sockets.stream(), listener.address);
      await sockets.until('the next connection is recorded', () => {
        const { events } = value(eventsOf(sockets).enumerate(listener.handle));
        assert.ok(events === 0 || events === FD_ACCEPT);
        return events !== 0;
      });
    },
  );

  suite.case('native events: a wait can be stopped, and a mask of 0 ends the selection', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(eventsOf(sockets).select(client, FD_READ));
    const wait = value(eventsOf(sockets).watch(client, () => assert.fail('was stopped')));
    assert.throws(() => sockets.provider.close(client), Error);
    wait.stop();
    wait.stop();
    await sockets.sendAll(server, bytes('x'));
    await sockets.ready(client, { read: true });
    for (let i = 0; i < 5; i++) await turn();
    value(eventsOf(sockets).select(client, 0));
    refused(eventsOf(sockets).enumerate(client), 'WSAEINVAL');
    refused(
      eventsOf(sockets).watch(client, () => assert.fail('no selection')),
      'WSAEINVAL',
    );
    await sockets.recvExactly(client, 1);
  });

  suite.case('native events: a closed handle is WSAENOTSOCK', (sockets) => {
    const closed = sockets.stream();
    value(eventsOf(sockets).select(closed, ALL));
    sockets.close(closed);
    assert.equal(answer(eventsOf(sockets).select(closed, ALL)), 'WSAENOTSOCK');
    refused(eventsOf(sockets).enumerate(closed), 'WSAENOTSOCK');
  });
};
