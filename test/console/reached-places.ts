import assert from 'node:assert/strict';
import type { PlaceName } from '../../src/console/model/socket-states.js';
import { loopback, type TestSession, type TestSocket } from '../scenarios/test-daemon.js';
import { targetOf } from './tried-calls.js';

/** A way to bring a socket to a place of the diagram. */
export interface Reached {
  readonly name: string;
  readonly kind: 'stream' | 'datagram';
  readonly place: PlaceName;
  reach(session: TestSession): Promise<TestSocket>;
}

const anywhere = { address: loopback('AF_INET', 0) };

const bound = async (socket: TestSocket): Promise<TestSocket> => {
  await socket.ok('bind', anywhere);
  return socket;
};

const nonBlocking = async (socket: TestSocket): Promise<TestSocket> => {
  await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
  return socket;
};

/** Closes abortively: the peer sees a reset. */
const abort = async (socket: TestSocket): Promise<void> => {
  await socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
  await socket.ok('close');
};

/** One end of a connection, whose peer has ended its stream; the end was received. */
const peerEnded = async (session: TestSession): Promise<TestSocket> => {
  const [client, server] = await session.pair();
  await server.ok('shutdown', { how: 'SD_SEND' });
  assert.equal((await client.ok('recv', { timeoutMs: 10_000 })).eof, true);
  return client;
};

/** One end of a connection that the peer has reset; a receive has met the reset. */
const reset = async (session: TestSession): Promise<TestSocket> => {
  const [client, server] = await session.pair();
  await abort(server);
  assert.equal((await client.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
  return client;
};

const STREAMS: readonly Omit<Reached, 'kind'>[] = [
  { name: 'fresh', place: 'fresh', reach: (session) => session.stream() },
  { name: 'bound', place: 'bound', reach: async (session) => bound(await session.stream()) },
  {
    name: 'fresh, non-blocking',
    place: 'fresh',
    reach: async (session) => nonBlocking(await session.stream()),
  },
  {
    name: 'bound, non-blocking',
    place: 'bound',
    reach: async (session) => nonBlocking(await bound(await session.stream())),
  },
  {
    name: 'fresh after a refused connect',
    place: 'fresh',
    async reach(session) {
      const socket = await session.stream();
      const { address } = await session.refusingAddress();
      assert.equal((await socket.problem('connect', { address })).name, 'WSAECONNREFUSED');
      return socket;
    },
  },
  { name: 'listening', place: 'listening', reach: (session) => session.listener() },
  {
    name: 'listening with a client',
    place: 'listening',
    async reach(session) {
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await session.ok('select', { read: [listener.id], timeoutMs: 10_000 });
      return listener;
    },
  },
  { name: 'connecting', place: 'connecting', reach: (session) => session.connecting() },
  { name: 'connected', place: 'connected', reach: async (session) => (await session.pair())[0] },
  { name: 'accepted', place: 'connected', reach: async (session) => (await session.pair())[1] },
  {
    name: 'connected, bound before',
    place: 'connected',
    async reach(session) {
      const socket = await bound(await session.stream());
      await socket.ok('connect', { address: await targetOf(session, 'stream') });
      return socket;
    },
  },
  {
    name: 'connected, data there',
    place: 'connected',
    async reach(session) {
      const [client, server] = await session.pair();
      await server.ok('send', { data: { text: 'hello' } });
      await client.untilAvailable(5);
      return client;
    },
  },
  ...(['shutdown', 'sendDisconnect'] as const).map((operation) => ({
    name: `sending ended by ${operation}`,
    place: 'sendEnded' as const,
    async reach(session: TestSession) {
      const [client] = await session.pair();
      await client.ok(operation, operation === 'shutdown' ? { how: 'SD_SEND' } : {});
      return client;
    },
  })),
  {
    name: 'receiving shut down',
    place: 'connected',
    async reach(session) {
      const [client] = await session.pair();
      await client.ok('shutdown', { how: 'SD_RECEIVE' });
      return client;
    },
  },
  {
    name: 'both shut down',
    place: 'sendEnded',
    async reach(session) {
      const [client] = await session.pair();
      await client.ok('shutdown', { how: 'SD_BOTH' });
      return client;
    },
  },
  { name: 'peer ended', place: 'peerEnded', reach: peerEnded },
  {
    // recvDisconnect shuts down receiving; only a receive tells the end of the peer's stream.
    name: 'peer ended, met by recvDisconnect',
    place: 'connected',
    async reach(session) {
      const [client, server] = await session.pair();
      await server.ok('sendDisconnect');
      await session.ok('select', { read: [client.id], timeoutMs: 10_000 });
      await client.ok('recvDisconnect');
      return client;
    },
  },
  {
    name: 'both ended',
    place: 'bothEnded',
    async reach(session) {
      const client = await peerEnded(session);
      await client.ok('shutdown', { how: 'SD_SEND' });
      return client;
    },
  },
  {
    name: 'both ended, met by recvDisconnect',
    place: 'bothEnded',
    async reach(session) {
      const client = await peerEnded(session);
      await client.ok('recvDisconnect');
      await client.ok('sendDisconnect');
      return client;
    },
  },
  { name: 'reset by the peer', place: 'reset', reach: reset },
  {
    name: 'reset by the peer, after a half-close',
    place: 'reset',
    async reach(session) {
      const [client, server] = await session.pair();
      await client.ok('shutdown', { how: 'SD_SEND' });
      await server.drain();
      await abort(server);
      assert.equal((await client.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      return client;
    },
  },
  {
    name: 'reset by the peer, receiving shut down after it',
    place: 'reset',
    async reach(session) {
      const client = await reset(session);
      await client.ok('shutdown', { how: 'SD_RECEIVE' });
      return client;
    },
  },
  {
    name: 'reset by the peer after its end',
    place: 'reset',
    async reach(session) {
      const [client, server] = await session.pair();
      await server.ok('sendDisconnect');
      await client.drain();
      await abort(server);
      // The reset may need a moment.
      for (let tries = 0; (await client.info()).state !== 'reset'; tries++) {
        assert.ok(tries < 1000, 'no send has met the reset');
        await client.answer('send', { data: { text: 'hello' } });
      }
      return client;
    },
  },
  {
    name: 'reset by a fault',
    place: 'reset',
    async reach(session) {
      const [client] = await session.pair();
      await session.arm({ socketId: client.id, effect: 'reset', operation: 'send' });
      await client.problem('send', { data: { text: 'hello' } });
      return client;
    },
  },
  {
    name: 'closed',
    place: 'closed',
    async reach(session) {
      const socket = await session.stream();
      await socket.ok('close');
      return socket;
    },
  },
];

const DATAGRAMS: readonly Omit<Reached, 'kind'>[] = [
  { name: 'fresh', place: 'fresh', reach: (session) => session.datagram() },
  { name: 'bound', place: 'bound', reach: async (session) => bound(await session.datagram()) },
  ...(['SD_SEND', 'SD_RECEIVE'] as const).flatMap((how) =>
    (['fresh', 'bound'] as const).map((place) => ({
      name: `${place}, then shutdown ${how}`,
      place,
      async reach(session: TestSession) {
        const socket = await session.datagram();
        if (place === 'bound') await bound(socket);
        await socket.ok('shutdown', { how });
        return socket;
      },
    })),
  ),
  {
    name: 'default peer removed',
    place: 'bound',
    async reach(session) {
      const socket = await session.datagram();
      await socket.ok('connect', { address: await targetOf(session, 'datagram') });
      await socket.ok('connect', { address: { family: 'AF_INET', address: '0.0.0.0', port: 0 } });
      return socket;
    },
  },
  {
    name: 'connected',
    place: 'connected',
    async reach(session) {
      const socket = await session.datagram();
      await socket.ok('connect', { address: await targetOf(session, 'datagram') });
      return socket;
    },
  },
  ...(['SD_SEND', 'SD_RECEIVE', 'SD_BOTH'] as const).map((how) => ({
    name: `connected, then shutdown ${how}`,
    place: 'connected' as const,
    async reach(session: TestSession) {
      const socket = await session.datagram();
      await socket.ok('connect', { address: await targetOf(session, 'datagram') });
      await socket.ok('shutdown', { how });
      return socket;
    },
  })),
  {
    name: 'closed',
    place: 'closed',
    async reach(session) {
      const socket = await session.datagram();
      await socket.ok('close');
      return socket;
    },
  },
];

/** Every place of the diagram, on every way that leads to it in tests. */
export const REACHED: readonly Reached[] = [
  ...STREAMS.map((one) => ({ ...one, kind: 'stream' as const })),
  ...DATAGRAMS.map((one) => ({ ...one, kind: 'datagram' as const })),
];
