/** Ladders of real conversations, from the journals of a daemon. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, describe, test } from 'node:test';
import { ladder } from '../../src/console/model/ladder.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestSession,
  type TestSocket,
} from '../scenarios/test-daemon.js';
import { cutBeforeReply } from '../scenarios/transfer/lost-replies.js';
import { read, told } from './recorded.js';

const daemon = await startDaemon({ after });

const WAIT = { timeoutMs: 10_000 };
const data = (text: string) => ({ data: { text } });

/** A listener and both ends of a connection to it. */
const conversation = async (
  session: TestSession,
): Promise<{ listener: TestSocket; client: TestSocket; server: TestSocket }> => {
  const listener = await session.listener();
  const client = await session.stream();
  await client.ok('connect', { address: await listener.sockName() });
  return { listener, client, server: await listener.accept(WAIT) };
};

const resetOnClose = (socket: TestSocket) =>
  socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });

for (const provider of PROVIDERS) {
  describe(`on ${provider}`, () => {
    const start = () => startSession(daemon, provider);

    test('a connection: who connects, what is sent, and both ends', async () => {
      const session = await start();
      const { listener, client, server } = await conversation(session);
      await client.ok('send', data('hello'));
      await server.untilAvailable(5);
      await server.ok('recv', WAIT);
      await client.ok('sendDisconnect');
      await server.ok('recv', WAIT);
      await server.ok('send', data('bye'));
      await client.untilAvailable(3);
      await client.ok('recv', WAIT);
      await server.ok('shutdown', { how: 'SD_SEND' });
      await client.ok('recv', WAIT);
      await client.ok('close');
      await server.ok('close');
      const { sockets, calls } = await read(daemon, { client, listener, server }, session);
      const drawn = ladder(sockets, calls);
      assert.deepEqual(told(drawn), [
        ...(provider === 'lab' ? ['syn SYN: client connect > listener connect'] : []),
        'connect connection: client connect > server accept',
        'data 5 bytes: client send 5 bytes > server recv 5 bytes',
        'end: client sendDisconnect > server recv, end',
        'data 3 bytes: server send 3 bytes > client recv 3 bytes',
        'end: server shutdown SD_SEND > client recv, end',
      ]);
      const accepted = drawn.rows.filter(({ operation }) => operation === 'accept');
      assert.deepEqual(
        accepted.map(({ column, createdColumn }) => [column, createdColumn]),
        [[1, 2]],
        'an accept is one row',
      );
      assert.equal(drawn.rows[0]?.operation, 'startup');
      assert.equal(drawn.rows[0]?.column, undefined, 'a call of the session is in all columns');
      const [, , column] = drawn.columns;
      assert.ok(column?.kind === 'socket');
      assert.equal(drawn.rows[column.firstRow]?.operation, 'accept');
      assert.equal(drawn.rows[column.lastRow ?? 0]?.operation, 'close');
    });

    test('a send that several receives take, and several sends that one takes', async () => {
      const session = await start();
      const [client, server] = await session.pair();
      await client.ok('send', data('0123456789'));
      await server.untilAvailable(10);
      await server.ok('recv', { maxBytes: 4 });
      await server.ok('recv', { maxBytes: 4 });
      await client.ok('send', data('ab'));
      await server.untilAvailable(4);
      await server.ok('recv');
      await client.ok('send', data('rest'));
      await server.untilAvailable(4);
      const { sockets, calls } = await read(daemon, { client, server });
      const drawn = ladder(sockets, calls);
      assert.deepEqual(told(drawn, 'data'), [
        'data 4 of 10 bytes: client send 10 bytes > server recv 4 bytes',
        'data 4 of 10 bytes: client send 10 bytes > server recv 4 bytes',
        'data 2 of 10 bytes: client send 10 bytes > server recv 4 bytes',
        'data 2 bytes: client send 2 bytes > server recv 4 bytes',
        'data 4 bytes: client send 4 bytes > server - (not seen)',
      ]);
      assert.deepEqual(
        drawn.arrows.filter(({ kind }) => kind === 'data').map(({ offset }) => offset),
        [0, 4, 8, 10, 12],
      );
    });

    test('peeked bytes, and bytes that went back, are received later', async (t) => {
      const seam = cutBeforeReply('recv');
      const own = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(own, provider)).pair();
      await client.ok('send', data('hello'));
      await server.untilAvailable(5);
      await seam.cut(own, `/v1/sockets/${server.id}/recv`, {});
      await server.ok('recv', { flags: ['MSG_PEEK'] });
      await server.ok('recv', WAIT);
      const { sockets, calls } = await read(own, { client, server });
      const drawn = ladder(sockets, calls);
      assert.deepEqual(told(drawn, 'data'), ['data 5 bytes: client send 5 bytes > server recv 5 bytes']);
      assert.equal(drawn.arrows.find(({ kind }) => kind === 'data')?.toRow, drawn.rows.length - 1);
      assert.deepEqual(
        drawn.rows.slice(-3).map(({ label, wentBack }) => [label, wentBack]),
        [
          ['recv 5 bytes, not delivered', true],
          ['recv 5 bytes, MSG_PEEK', false],
          ['recv 5 bytes', false],
        ],
      );
    });

    test('a receive that waits for the send began before it', async () => {
      const session = await start();
      const [client, server] = await session.pair();
      const waiting = server.ok('recv', WAIT);
      await server.untilBusy();
      await client.ok('send', data('hello'));
      await waiting;
      const { sockets, calls } = await read(daemon, { client, server });
      const drawn = ladder(sockets, calls);
      assert.deepEqual(told(drawn, 'data'), ['data 5 bytes: client send 5 bytes > server recv 5 bytes']);
      const send = drawn.rows.find(({ operation }) => operation === 'send');
      const recv = drawn.rows.find(({ operation }) => operation === 'recv');
      assert.ok(send && recv);
      assert.ok(recv.beganRow <= send.index, 'it waited already when the send was made');
    });

    test('a send that ends after its bytes were received', async () => {
      const session = await start();
      const [client, server] = await session.pair();
      await client.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: 1 << 16 });
      await server.setOption('SOL_SOCKET', 'SO_RCVBUF', { integer: 1 << 16 });
      const bytes = 5_000_000;
      // The lab takes a first send whole, as Winsock does.
      const half = { data: { base64: Buffer.alloc(bytes / 2).toString('base64') } };
      const sending = Promise.all([client.ok('send', half), client.ok('send', half)]);
      await client.untilBusy();
      for (let left = bytes; left > 0; )
        left -= (await server.ok('recv', { ...WAIT, maxBytes: 1_000_000 })).bytesReceived;
      await sending;
      const { sockets, calls } = await read(daemon, { client, server });
      const { rows, arrows } = ladder(sockets, calls);
      const parts = arrows.filter(({ kind }) => kind === 'data');
      assert.ok(parts.every(({ seen, fromRow, toRow = -1 }) => seen && fromRow <= toRow));
      assert.equal(
        parts.reduce((sum, part) => sum + (part.bytes ?? 0), 0),
        bytes,
      );
      const send = rows.findLast(({ operation }) => operation === 'send');
      assert.ok(parts.some(({ toRow = 0 }) => toRow < (send?.index ?? 0)));
    });

    test('an abortive close, and what the peer has of it', async () => {
      const session = await start();
      const { listener, client, server } = await conversation(session);
      await resetOnClose(client);
      await client.ok('close');
      const named = { client, listener, server };
      const before = await read(daemon, named);
      assert.deepEqual(told(ladder(before.sockets, before.calls), 'reset', 'end'), [
        'reset: client close > server - (not seen)',
      ]);
      await server.problem('recv', WAIT);
      await server.ok('close');
      const { sockets, calls } = await read(daemon, named);
      assert.deepEqual(told(ladder(sockets, calls), 'reset', 'end'), [
        'reset: client close > server recv: WSAECONNRESET',
      ]);
    });

    test('a reset by a fault, and an answer that a fault made', async () => {
      const session = await start();
      const [client, server] = await session.pair();
      const arm = (fault: object) => session.arm({ socketId: client.id, times: 1, ...fault });
      await arm({ operation: 'send', effect: 'fail', code: 'WSAECONNRESET' });
      await client.problem('send', data('never'));
      await arm({ operation: 'send', effect: 'fail', code: 'WSAECONNRESET', phase: 'after' });
      await client.problem('send', data('really'));
      await server.ok('recv', WAIT);
      await arm({ operation: 'send', effect: 'reset' });
      await client.problem('send', data('reset'));
      await server.problem('recv', WAIT);
      const { sockets, calls } = await read(daemon, { client, server }, session);
      const drawn = ladder(sockets, calls);
      assert.deepEqual(told(drawn, 'data', 'reset', 'end'), [
        'data 6 bytes: client send 6 bytes: WSAECONNRESET > server recv 6 bytes',
        'reset: client send: WSAECONNRESET > server recv: WSAECONNRESET',
      ]);
      const marked = drawn.rows.filter(({ faults }) => faults.length > 0);
      assert.deepEqual(
        marked.map(({ invented }) => invented?.effect),
        ['fail', 'fail', 'reset'],
      );
      const armed = drawn.rows.find(({ operation }) => operation === 'armFault');
      assert.deepEqual([armed?.label, armed?.column], ['armFault fail', 0]);
    });

    test('a peer that is no chosen socket has a column of its own', async (t) => {
      const foreign = createServer((peer) => {
        peer.once('data', () => peer.end('answer'));
      });
      foreign.listen(0, '127.0.0.1');
      await once(foreign, 'listening');
      t.after(() => foreign.close());
      const bound = foreign.address();
      assert.ok(typeof bound === 'object' && bound);
      const session = await start();
      let client: TestSocket;
      if (provider === 'lab') {
        // The lab has no foreign peers: the other end is just not chosen.
        const pair = await session.pair();
        client = pair[0];
        await client.ok('send', data('question'));
        await pair[1].ok('recv', WAIT);
        await pair[1].ok('send', data('answer'));
        await pair[1].ok('close');
      } else {
        client = await session.stream();
        await client.ok('connect', { address: loopback('AF_INET', bound.port), ...WAIT });
        await client.ok('send', data('question'));
      }
      await client.untilAvailable(6);
      await client.ok('recv', WAIT);
      await client.ok('recv', WAIT);
      await client.ok('close');
      const { sockets, calls } = await read(daemon, { client });
      const drawn = ladder(sockets, calls);
      assert.deepEqual(told(drawn), [
        'connect connection: client connect > foreign - (not seen)',
        'data 8 bytes: client send 8 bytes > foreign - (not seen)',
        'data 6 bytes: foreign recv 6 bytes > client recv 6 bytes (not seen)',
        'end: foreign recv, end > client recv, end (not seen)',
        'end: client close > foreign - (not seen)',
      ]);
      const [, column] = drawn.columns;
      assert.equal(drawn.columns.length, 2);
      assert.equal(column?.kind, 'foreign');
    });

    test('datagrams by their addresses, order and length', async () => {
      const session = await start();
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const to = await b.sockName();
      await a.ok('sendTo', { ...data('abcdef'), address: to });
      const { address } = await b.ok('recvFrom', { ...WAIT, maxBytes: 4 });
      await b.ok('sendTo', { ...data('x'), address });
      await a.ok('recvFrom', WAIT);
      await a.ok('connect', { address: to });
      await a.ok('send', data('connected'));
      await b.untilAvailable(1);
      const { sockets, calls } = await read(daemon, { a, b });
      assert.deepEqual(told(ladder(sockets, calls)), [
        'datagram 6 bytes, 4 received: a sendTo 6 bytes > b recvFrom 4 bytes',
        'datagram 1 byte: b sendTo 1 byte > a recvFrom 1 byte',
        'datagram 9 bytes: a send 9 bytes > b - (not seen)',
      ]);
    });

    test('one port with two connections, one after the other', async () => {
      const session = await start();
      const listener = await session.listener();
      const address = await listener.sockName();
      const first = await session.stream();
      // Below the ports that the system gives to others meanwhile.
      const from = loopback('AF_INET', 20_000 + (process.pid % 10_000));
      await first.ok('bind', { address: from });
      await first.ok('connect', { address });
      const one = await listener.accept(WAIT);
      await first.ok('send', data('one'));
      await one.ok('recv', WAIT);
      // A reset leaves nothing behind that keeps the port.
      await resetOnClose(first);
      await first.ok('close');
      await one.problem('recv', WAIT);
      const second = await session.stream();
      await second.ok('bind', { address: from });
      await second.ok('connect', { address });
      const two = await listener.accept(WAIT);
      await second.ok('send', data('two!'));
      await two.ok('recv', WAIT);
      const { sockets, calls } = await read(daemon, { first, second, two, one });
      assert.deepEqual(told(ladder(sockets, calls), 'connect', 'data'), [
        'connect connection: first connect > one accept',
        'data 3 bytes: first send 3 bytes > one recv 3 bytes',
        'connect connection: second connect > two accept',
        'data 4 bytes: second send 4 bytes > two recv 4 bytes',
      ]);
    });

    test('a duplicate is another column of the same socket', async () => {
      const session = await start();
      const [client, server] = await session.pair();
      const twin = await client.duplicate();
      await client.ok('send', data('one'));
      await twin.ok('send', data('four'));
      await server.untilAvailable(7);
      await server.ok('recv', { maxBytes: 3 });
      await server.ok('recv', WAIT);
      await client.ok('close');
      await twin.ok('close');
      await server.ok('recv', WAIT);
      const { sockets, calls } = await read(daemon, { client, twin, server });
      assert.deepEqual(told(ladder(sockets, calls), 'data', 'end'), [
        'data 3 bytes: client send 3 bytes > server recv 3 bytes',
        'data 4 bytes: twin send 4 bytes > server recv 4 bytes',
        'end: twin close > server recv, end',
      ]);
    });

    test('cleanup ends every socket of its session', async () => {
      const session = await start();
      const other = await start();
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const server = await listener.accept(WAIT);
      await session.ok('cleanup');
      const { sockets, calls } = await read(daemon, { client, server }, session);
      const drawn = ladder(sockets, calls, {
        sessionEnds: [
          { sessionId: session.id, reason: 'lease-expired', atMs: Number.MAX_SAFE_INTEGER },
          { sessionId: other.id, reason: 'closed', atMs: 0 },
        ],
      });
      assert.deepEqual(told(drawn, 'end'), [
        'end: client cleanup > server - (not seen)',
        'end: server cleanup > client - (not seen)',
      ]);
      const last = drawn.rows.at(-1);
      assert.deepEqual([last?.label, last?.column], ['the session ended: lease-expired', undefined]);
      assert.deepEqual(
        drawn.rows.map(({ operation }) => operation),
        ['startup', 'socket', 'connect', 'accept', 'cleanup', 'sessionEnd'],
        'neither calls of other sockets nor of other sessions',
      );
    });

    test('a refused connect', async () => {
      const session = await start();
      const { address, holder } = await session.refusingAddress();
      const client = await session.stream();
      await client.problem('connect', { address });
      const { sockets, calls } = await read(daemon, { client, holder });
      assert.deepEqual(told(ladder(sockets, calls)), [
        provider === 'lab'
          ? 'syn SYN: client connect: WSAECONNREFUSED > holder connect: WSAECONNREFUSED'
          : 'connect connection: client connect: WSAECONNREFUSED > holder - (not seen)',
      ]);
    });

    test('without its beginning a stream has no offsets', async () => {
      const session = await start();
      const [client, server] = await session.pair();
      await client.ok('send', data('hello'));
      await server.ok('recv', WAIT);
      const { sockets, calls } = await read(daemon, { client, server });
      const kept = calls.filter(({ entry }) => ['send', 'recv'].includes(entry.operation));
      assert.deepEqual(told(ladder(sockets, kept)), [
        'data 5 bytes: client send 5 bytes > server - (not seen)',
        'data 5 bytes: client recv 5 bytes > server recv 5 bytes (not seen)',
      ]);
    });
  });
}

test('on the lab: disconnect data, and two listeners with the same address in two sessions', async () => {
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
  await server.ok('recv', WAIT);
  await server.ok('recvDisconnect');
  const other = await startSession(daemon, 'lab');
  const stranger = await other.stream();
  await stranger.ok('bind', { address: await client.sockName() });
  const { sockets, calls } = await read(daemon, { stranger, client, server });
  assert.deepEqual(told(ladder(sockets, calls), 'disconnectData'), [
    'disconnectData 3 bytes of disconnect data: client sendDisconnect + 3 bytes of disconnect data > server recvDisconnect',
  ]);
});

test('on the lab: lost datagrams', async () => {
  const session = await startSession(daemon, 'lab');
  const [a, b] = [await session.datagram(), await session.datagram()];
  await b.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await b.sockName();
  const send = (text: string) => a.ok('sendTo', { ...data(text), address });
  await session.ok('labLink', { partition: true });
  await send('cut off');
  await session.ok('labLink', { partition: false, loss: 1 });
  await send('same');
  await session.ok('labLink', { loss: 0 });
  await send('same');
  await b.ok('recvFrom', WAIT);
  await session.arm({ socketId: a.id, operation: 'sendTo', effect: 'drop', times: 1 });
  await send('dropped');
  await send('7 bytes');
  await b.ok('recvFrom', WAIT);
  const { sockets, calls } = await read(daemon, { a, b }, session);
  const drawn = ladder(sockets, calls);
  assert.deepEqual(told(drawn), [
    'datagram 7 bytes: a sendTo 7 bytes > b - (not seen)',
    // One of these two was received, and nothing tells which.
    'datagram 4 bytes: a sendTo 4 bytes > b - (not seen)',
    'datagram 4 bytes: a sendTo 4 bytes > b - (not seen)',
    'datagram 4 bytes: a recvFrom 4 bytes > b recvFrom 4 bytes (not seen)',
    'datagram 7 bytes: a sendTo 7 bytes > b - (not seen)',
    'datagram 7 bytes: a sendTo 7 bytes > b recvFrom 7 bytes',
  ]);
  assert.deepEqual(
    drawn.rows.filter(({ operation }) => operation === 'setLabLink').map(({ label }) => label),
    ['setLabLink partition', 'setLabLink loss 1, no partition', 'setLabLink loss 0'],
  );
});

test('a receive that does not tell its sender makes equal datagrams uncertain', async () => {
  const session = await startSession(daemon, 'lab');
  const [a, b] = [await session.datagram(), await session.datagram()];
  await b.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await b.sockName();
  for (const text of ['same', 'same', 'other']) await a.ok('sendTo', { ...data(text), address });
  await b.ok('recv', WAIT);
  await b.ok('recvFrom', WAIT);
  await b.ok('recvFrom', WAIT);
  const { sockets, calls } = await read(daemon, { a, b });
  assert.deepEqual(
    ladder(sockets, calls)
      .arrows.filter(({ seen }) => seen)
      .map(({ label }) => label),
    ['5 bytes'],
  );
});

test('captured bytes tell equal lengths apart, and are in the row', async () => {
  const session = await startSession(daemon, 'lab');
  const capture = { capture: { maxBytes: 100 } };
  const a = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', ...capture });
  const b = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', ...capture });
  await b.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await b.sockName();
  await session.ok('labLink', { loss: 1 });
  await a.ok('sendTo', { ...data('lost'), address });
  await session.ok('labLink', { loss: 0 });
  await a.ok('sendTo', { ...data('here'), address });
  await b.ok('recvFrom', WAIT);
  const { sockets, calls } = await read(daemon, { a, b }, session);
  const { rows, arrows } = ladder(sockets, calls);
  assert.deepEqual(
    arrows.map(({ fromRow, seen }) => [Buffer.from(rows[fromRow]?.payload ?? []).toString(), seen]),
    [
      ['lost', false],
      ['here', true],
    ],
  );
});
