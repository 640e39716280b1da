import assert from 'node:assert/strict';
import type { Handle, NativeNetworkEvents } from '../../../src/providers/provider.js';
import { NETWORK_EVENTS } from '../../../src/winsock/constants.js';
import { answer, bytes, type Rig, refused, turn, value } from './rig.js';
import type { Suite } from './suite.js';

const { FD_READ, FD_WRITE, FD_ACCEPT, FD_CONNECT, FD_CLOSE } = NETWORK_EVENTS;
const ALL = FD_READ | FD_WRITE | FD_ACCEPT | FD_CONNECT | FD_CLOSE;

const eventsOf = (rig: Rig): NativeNetworkEvents => {
  assert.ok(rig.provider.networkEvents);
  return rig.provider.networkEvents;
};

/** Waits until the record is not empty; returns it. */
const next = async (rig: Rig, s: Handle): Promise<ReadonlyMap<number, number>> => {
  let woken = false;
  const watch = value(
    eventsOf(rig).watch(s, () => {
      woken = true;
    }),
  );
  assert.equal(woken, false, 'never inside the call');
  await rig.until('an event is recorded', () => woken).finally(() => watch.stop());
  return value(eventsOf(rig).enumerate(s)).errors;
};

/** The rules of native network events. The emulation of the daemon has separate tests. */
export const nativeEvents = (suite: Suite): void => {
  if (!suite.hasNativeEvents) return;

  suite.case('native events: a connection records its events from connect to close', async (rig) => {
    const listener = rig.listener();
    const client = rig.stream();
    for (const s of [listener.handle, client]) value(eventsOf(rig).select(s, ALL));
    rig.begin(client, listener.address);
    assert.deepEqual([...(await next(rig, listener.handle))], [[FD_ACCEPT, 0]]);
    const { handle: server } = await rig.accept(listener.handle);
    assert.deepEqual(
      [...(await next(rig, client))],
      [
        [FD_WRITE, 0],
        [FD_CONNECT, 0],
      ],
    );
    await rig.sendAll(server, bytes('ab'));
    assert.deepEqual([...(await next(rig, client))], [[FD_READ, 0]]);
    assert.equal(value(eventsOf(rig).enumerate(client)).events, 0, 'cleared');
    await rig.recvExactly(client, 1);
    assert.deepEqual([...(await next(rig, client))], [[FD_READ, 0]], 'enabled again by recv');
    await rig.recvExactly(client, 1);
    rig.close(server);
    assert.deepEqual([...(await next(rig, client))], [[FD_CLOSE, 0]]);
    assert.equal((await rig.recv(client)).length, 0);
  });

  suite.case('native events: a refused connect records its code', async (rig) => {
    const client = rig.stream();
    value(eventsOf(rig).select(client, ALL));
    rig.begin(client, rig.deadAddress());
    assert.deepEqual([...(await next(rig, client))], [[FD_CONNECT, 10061]]);
  });

  suite.case('native events: a datagram socket has none until it is bound', async (rig) => {
    const peer = rig.bind(rig.datagram());
    const socket = rig.datagram();
    value(eventsOf(rig).select(socket, ALL));
    assert.equal(value(eventsOf(rig).enumerate(socket)).events, 0);
    value(rig.provider.connect(socket, peer));
    const errors = await next(rig, socket);
    assert.deepEqual(new Map(errors), new Map([FD_WRITE, FD_CONNECT].map((event) => [event, 0])));
    assert.equal(value(eventsOf(rig).enumerate(socket)).events, 0);
  });

  suite.case('native events: a lost connection is FD_CLOSE with WSAECONNABORTED', async (rig) => {
    const { client, server } = await rig.pair();
    value(eventsOf(rig).select(client, FD_READ | FD_CLOSE));
    rig.abort(server);
    assert.deepEqual([...(await next(rig, client))], [[FD_CLOSE, 10053]]);
    refused(rig.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case(
    'native events: the end of the peer records FD_CLOSE, even with unread bytes before it',
    async (rig) => {
      const { client, server } = await rig.pair();
      value(eventsOf(rig).select(client, FD_READ | FD_CLOSE));
      await rig.sendAll(server, bytes('data'));
      assert.deepEqual([...(await next(rig, client))], [[FD_READ, 0]]);
      rig.close(server);
      assert.deepEqual([...(await next(rig, client))], [[FD_CLOSE, 0]]);
      assert.equal((await rig.recvAll(client)).toString('latin1'), 'data');
    },
  );

  suite.case('native events: more data and further connections are recorded again', async (rig) => {
    const { client, server } = await rig.pair();
    value(eventsOf(rig).select(client, FD_READ));
    for (const text of ['one', 'two']) {
      await rig.sendAll(server, bytes(text));
      assert.deepEqual([...(await next(rig, client))], [[FD_READ, 0]]);
      assert.equal(value(eventsOf(rig).enumerate(client)).events, 0);
    }
    const listener = rig.listener();
    value(eventsOf(rig).select(listener.handle, FD_ACCEPT));
    for (let i = 0; i < 2; i++) {
      rig.begin(rig.stream(), listener.address);
      assert.deepEqual([...(await next(rig, listener.handle))], [[FD_ACCEPT, 0]]);
      assert.equal(value(eventsOf(rig).enumerate(listener.handle)).events, 0);
    }
  });

  suite.case('native events: an accepted connection has no selection', async (rig) => {
    const listener = rig.listener();
    value(eventsOf(rig).select(listener.handle, ALL));
    rig.begin(rig.stream(), listener.address);
    const { handle } = await rig.accept(listener.handle);
    refused(eventsOf(rig).enumerate(handle), 'WSAEINVAL');
  });

  suite.case(
    'native events: events of an accepted connection are not recorded at its listener',
    async (rig) => {
      const listener = rig.listener();
      value(eventsOf(rig).select(listener.handle, ALL));
      const client = rig.stream();
      rig.begin(client, listener.address);
      value(await rig.ended(client));
      await rig.sendAll(client, bytes('early'));
      assert.deepEqual([...(await next(rig, listener.handle))], [[FD_ACCEPT, 0]]);
      const { handle: server } = await rig.accept(listener.handle);
      assert.equal((await rig.recvExactly(server, 5)).length, 5);
      assert.equal(value(eventsOf(rig).enumerate(listener.handle)).events, 0);
      rig.begin(rig.stream(), listener.address);
      await rig.until('the next connection is recorded', () => {
        const { events } = value(eventsOf(rig).enumerate(listener.handle));
        assert.ok(events === 0 || events === FD_ACCEPT);
        return events !== 0;
      });
    },
  );

  suite.case('native events: a wait can be stopped, and a mask of 0 ends the selection', async (rig) => {
    const { client, server } = await rig.pair();
    value(eventsOf(rig).select(client, FD_READ));
    const wait = value(eventsOf(rig).watch(client, () => assert.fail('was stopped')));
    assert.throws(() => rig.provider.close(client), Error);
    wait.stop();
    wait.stop();
    await rig.sendAll(server, bytes('x'));
    await rig.ready(client, { read: true });
    for (let i = 0; i < 5; i++) await turn();
    value(eventsOf(rig).select(client, 0));
    refused(eventsOf(rig).enumerate(client), 'WSAEINVAL');
    refused(
      eventsOf(rig).watch(client, () => assert.fail('no selection')),
      'WSAEINVAL',
    );
    await rig.recvExactly(client, 1);
  });

  suite.case('native events: a closed handle is WSAENOTSOCK', (rig) => {
    const closed = rig.stream();
    value(eventsOf(rig).select(closed, ALL));
    rig.close(closed);
    assert.equal(answer(eventsOf(rig).select(closed, ALL)), 'WSAENOTSOCK');
    refused(eventsOf(rig).enumerate(closed), 'WSAENOTSOCK');
  });
};
