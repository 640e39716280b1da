import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DIAGRAMS,
  kindOf,
  type PlaceName,
  placeOf,
  type SocketKind,
  wayOf,
} from '../../src/console/model/socket-states.js';
import type { Entry, RecordedCall, SocketState } from '../../src/console/model/types.js';
import { OPERATIONS } from '../../src/operations/list.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
} from '../scenarios/test-daemon.js';

/** The calls of the session, as the page gets them from the journal. */
const callsOf = async ({ api }: TestDaemon, { id, path }: TestSession): Promise<readonly RecordedCall[]> => {
  const { entries } = await api.ok.get(`${path}/journal`);
  return entries.map((entry: Entry) => ({ sessionId: id, entry, endMs: entry.at / 1000 }));
};

const wayIn = async (
  daemon: TestDaemon,
  session: TestSession,
  { id }: TestSocket,
  kind?: SocketKind,
): Promise<readonly (readonly [PlaceName, string])[]> =>
  wayOf(await callsOf(daemon, session), id, kind).map(({ place, because }) => [place, because.operation]);

for (const provider of PROVIDERS) {
  describe(`the way of a socket on ${provider}`, () => {
    test('of a listener and both ends of a connection that ends well', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const server = await listener.accept({ timeoutMs: 10_000 });
      await client.ok('sendDisconnect');
      assert.equal(placeOf(await asInfo(client)), 'sendEnded');
      await server.drain();
      assert.equal(placeOf(await asInfo(server)), 'peerEnded');
      await server.ok('shutdown', { how: 'SD_BOTH' });
      assert.equal(placeOf(await asInfo(server)), 'bothEnded');
      await client.drain();
      for (const socket of [client, server, listener]) await socket.ok('close');
      await listener.problem('bind', { address: loopback('AF_INET', 0) });

      assert.deepEqual(await wayIn(daemon, session, listener), [
        ['fresh', 'socket'],
        ['bound', 'bind'],
        ['listening', 'listen'],
        ['closed', 'close'],
      ]);
      assert.deepEqual(await wayIn(daemon, session, client), [
        ['fresh', 'socket'],
        ['connected', 'connect'],
        ['sendEnded', 'sendDisconnect'],
        ['bothEnded', 'recv'],
        ['closed', 'close'],
      ]);
      assert.deepEqual(await wayIn(daemon, session, server), [
        ['connected', 'accept'],
        ['peerEnded', 'recv'],
        ['bothEnded', 'shutdown'],
        ['closed', 'close'],
      ]);
    });

    test('of a connect that another call finds finished', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await client.problem('connect', { address: await listener.sockName() });
      await client.untilState(['connected']);
      await client.ok('send', { data: { text: 'hello' } });
      const way = await wayIn(daemon, session, client);
      assert.deepEqual(way[0], ['fresh', 'socket']);
      assert.equal(way.at(-1)?.[0], 'connected');
      assert.equal((await wayIn(daemon, session, listener)).length, 3);
    });

    test('of a reset, with a shutdown of receiving, which ends no stream', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await server.ok('shutdown', { how: 'SD_RECEIVE' });
      await session.arm({ socketId: server.id, effect: 'reset', operation: 'send' });
      await server.problem('send', { data: { text: 'hello' } });
      assert.deepEqual(await wayIn(daemon, session, server), [
        ['connected', 'accept'],
        ['reset', 'send'],
      ]);
      assert.equal((await client.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      assert.equal((await wayIn(daemon, session, client)).at(-1)?.[0], 'reset');
    });

    test('of a datagram socket with a default peer that is removed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = [await session.datagram(), await session.datagram()];
      await peer.ok('bind', { address: loopback('AF_INET', 0) });
      await socket.ok('sendTo', { data: { text: 'hello' }, address: await peer.sockName() });
      await socket.ok('connect', { address: await peer.sockName() });
      await socket.ok('sendDisconnect');
      assert.equal(placeOf(await asInfo(socket)), 'connected');
      await socket.ok('connect', { address: { family: 'AF_INET', address: '0.0.0.0', port: 0 } });
      assert.deepEqual(await wayIn(daemon, session, socket, 'datagram'), [
        ['fresh', 'socket'],
        ['bound', 'sendTo'],
        ['connected', 'connect'],
        ['bound', 'connect'],
      ]);
    });
  });
}

/** TestSocket.info gives JSON without a type; placeOf reads four of its members. */
const asInfo = (socket: TestSocket): Promise<Parameters<typeof placeOf>[0]> => socket.info();

const entry = (operation: string, at: number, more: Partial<Entry> = {}): RecordedCall => ({
  sessionId: 'ses_1',
  endMs: at,
  entry: {
    sequence: at,
    at: at * 1000,
    time: '2026-01-01T00:00:00.000Z',
    operation,
    requestId: 'req-1',
    socketId: 'sck_1',
    outcome: 'ok',
    stateBefore: 'connected',
    stateAfter: 'connected',
    nativeUs: 10,
    waitUs: 0,
    ...more,
  },
});

const places = (...calls: readonly RecordedCall[]): readonly PlaceName[] =>
  wayOf(calls, 'sck_1').map(({ place }) => place);

describe('the way of a socket, from entries', () => {
  test('what a call found when it began is old if another call has ended since', () => {
    const waited = entry('recv', 9, { outcome: 'failed', stateAfter: 'reset', waitUs: 8_000 });
    assert.deepEqual(places(entry('send', 2, { stateAfter: 'reset' }), waited), ['connected', 'reset']);
  });

  test('what a call found when it began is news otherwise', () => {
    const first = entry('connect', 2, { stateBefore: 'fresh', stateAfter: 'connecting' });
    assert.deepEqual(places(first, entry('close', 9, { stateAfter: 'closed' })), [
      'fresh',
      'connecting',
      'connected',
      'closed',
    ]);
  });

  test('an end that went back with its answer was not received', () => {
    const lost = entry('recv', 1, { eof: true, undelivered: true });
    assert.deepEqual(places(lost), ['connected']);
    assert.deepEqual(places(entry('recv', 1, { eof: true, undelivered: true, collected: true })), [
      'connected',
      'peerEnded',
    ]);
  });

  test('a failed shutdown changes nothing, unless only its answer was changed by a fault', () => {
    const failed = entry('sendDisconnect', 1, { outcome: 'failed' });
    assert.deepEqual(places(failed), ['connected']);
    const invented = { faultId: 'flt_1', effect: 'fail', realCode: 0 } as const;
    assert.deepEqual(places({ ...failed, entry: { ...failed.entry, invented } }), ['connected', 'sendEnded']);
    const notMade = { faultId: 'flt_1', effect: 'fail' } as const;
    assert.deepEqual(places(entry('sendDisconnect', 1, { invented: notMade })), ['connected']);
  });

  test('calls of other sockets say nothing', () => {
    assert.deepEqual(places(entry('bind', 1, { socketId: 'sck_2' })), []);
  });
});

describe('the diagrams', () => {
  const names = new Set<string>(OPERATIONS.map(({ name }) => name));
  for (const [kind, { columns, rows, places: drawn, arrows, fromEverywhere }] of Object.entries(DIAGRAMS)) {
    test(`${kind}: places have cells of their own, arrows join places and name operations`, () => {
      const cells = drawn.map(({ column, row }) => `${column} ${row}`);
      assert.equal(new Set(cells).size, drawn.length);
      assert.ok(drawn.every(({ column, row }) => column < columns && row < rows));
      const known = new Set(drawn.map(({ name }) => name));
      for (const { from, to, calls, event } of arrows) {
        assert.ok(known.has(from) && known.has(to), `${from} to ${to}`);
        assert.ok(calls.length > 0 || event !== undefined, `${from} to ${to} by nothing`);
        for (const call of calls) assert.ok(names.has(call.split(' ')[0] ?? ''), call);
      }
      for (const call of fromEverywhere.calls) assert.ok(names.has(call), call);
      const reached = new Set([...arrows.map(({ to }) => to), fromEverywhere.to, 'fresh']);
      assert.deepEqual(
        [...known].filter((name) => !reached.has(name)),
        [],
      );
    });
  }

  test('every state of the API has a place', () => {
    const states: readonly SocketState[] = [
      'fresh',
      'bound',
      'listening',
      'connecting',
      'connected',
      'reset',
      'closed',
    ];
    const drawn = DIAGRAMS.stream.places.map(({ name }) => name);
    for (const state of states) {
      const socket = { type: 'SOCK_STREAM', state, sendShutdown: false, peerClosed: false };
      assert.ok(drawn.includes(placeOf(socket)), state);
    }
    assert.equal(kindOf({ type: 'SOCK_DGRAM' }), 'datagram');
  });
});
