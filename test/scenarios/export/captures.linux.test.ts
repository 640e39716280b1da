/** Journals as capture files, as tshark reads them. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { folder } from '../../places.js';
import { needs } from '../../programs.js';
import {
  FAMILIES,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestSocket,
  textOf,
} from '../test-daemon.js';
import { capture, portOf, segments, tshark } from './exports.js';

// The daemon of all tests without a special configuration; each test has a session of its own.
const daemon = await startDaemon({ after });

/** The segments of one connection in the captures of several sockets, side by side. */
const segmentsOf = (t: TestContext, port: number, ...sockets: TestSocket[]): Promise<string[][]> =>
  Promise.all(sockets.map(async ({ id }) => segments(await capture(t, daemon, id), port)));

// Several at a time: most of their time is the start of tshark for each capture.
describe('capture files', { concurrency: 4 }, () => {
  for (const provider of PROVIDERS) {
    test(`tshark on ${provider}: handshake, data, a peek, a half-close, both ends`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      for (const family of FAMILIES) {
        const [socket, peer] = await session.pair(family);
        const port = await portOf(socket);
        await socket.ok('send', { data: { text: 'x'.repeat(4000) } });
        await socket.ok('sendDisconnect');
        await peer.drain();
        await peer.ok('send', { data: { text: 'answer' } });
        for (const flags of [['MSG_PEEK'], []]) {
          assert.equal((await socket.ok('recv', { flags, timeoutMs: 10_000 })).bytesReceived, 6);
        }
        await peer.ok('sendDisconnect');
        await socket.drain();
        await socket.ok('close');
        const [connected, accepted] = await segmentsOf(t, port, socket, peer);
        assert.deepEqual(connected, [
          ...['> S 0', '< AS 0', '> A 0'],
          ...['> A 1460', '> A 1460', '< A 0', '> AP 1080', '< A 0'],
          ...['> AF 0', '< A 0'],
          ...['< AP 6', '> A 0'],
          ...['< AF 0', '> A 0'],
        ]);
        assert.deepEqual(
          accepted?.slice(0, 3),
          ['> S 0', '< AS 0', '> A 0'],
          'the same handshake on the other side',
        );
      }
    });

    test(`tshark on ${provider}: an abortive close, a refused connect, a large send`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      const port = await portOf(socket);
      const sending = socket.ok('send', { data: { base64: Buffer.alloc(300_000).toString('base64') } });
      for (let left = 300_000; left > 0; )
        left -= (await peer.ok('recv', { timeoutMs: 10_000 })).bytesReceived;
      await sending;
      await socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await socket.ok('close');
      await peer.problem('recv', { timeoutMs: 10_000 });
      const both = await segmentsOf(t, port, socket, peer);
      assert.deepEqual(
        both.map((seen) => seen.at(-1)),
        ['> AR 0', '> AR 0'],
      );
      const { address } = await session.refusingAddress();
      const refused = await session.stream();
      await refused.problem('connect', { address });
      const seen = await segments(await capture(t, daemon, refused.id), address.port);
      assert.deepEqual(seen, ['< S 0', '> AR 0']);
    });

    test(`tshark on ${provider}: datagrams with their captured bytes`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      const a = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', capture: { maxBytes: 3 } });
      const b = await session.datagram();
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const to = await b.sockName();
      await a.ok('sendTo', { data: { text: 'abcdef' }, address: to });
      const { address } = await b.ok('recvFrom', { timeoutMs: 10_000 });
      await b.ok('sendTo', { data: { text: 'g' }, address });
      await a.ok('recvFrom', { timeoutMs: 10_000 });
      const fields = ['srcport', 'length', 'payload'].map((name) => `udp.${name}`);
      const lines = await tshark(await capture(t, daemon, a.id), ...fields);
      assert.deepEqual(lines, [`${address.port},14,616263`, `${to.port},9,67`]);
    });

    test(`tshark on ${provider}: no packets for invented answers, one for a reset`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      const arm = (socket: TestSocket, fault: object) =>
        session.arm({ socketId: socket.id, times: 1, ...fault });
      const [socket, peer] = await session.pair();
      const port = await portOf(socket);
      const code = 'WSAECONNRESET';
      await arm(socket, { operation: 'send', effect: 'fail', code });
      assert.equal((await socket.problem('send', { data: { text: 'never' } })).name, code);
      await arm(socket, { operation: 'send', effect: 'fail', code, phase: 'after' });
      assert.equal((await socket.problem('send', { data: { text: 'really' } })).name, code);
      assert.equal((await peer.ok('recv', { timeoutMs: 10_000 })).bytesReceived, 6);
      await peer.ok('send', { data: { text: 'back' } });
      await arm(socket, { operation: 'recv', effect: 'fail', code, phase: 'after' });
      await socket.problem('recv', { timeoutMs: 10_000 });
      await socket.ok('recv', { timeoutMs: 10_000 });
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${socket.id}/journal`);
      assert.deepEqual(
        entries.slice(-4).map(({ invented }: { invented?: object }) => invented),
        [
          { faultId: 'flt_1', effect: 'fail' },
          { faultId: 'flt_2', effect: 'fail', realCode: 0 },
          { faultId: 'flt_3', effect: 'fail', realCode: 0 },
          undefined,
        ],
      );
      const before = ['> S 0', '< AS 0', '> A 0', '> AP 6', '< A 0', '< AP 4', '> A 0'];
      assert.deepEqual(await segments(await capture(t, daemon, socket.id), port), before);
      await arm(socket, { operation: 'send', effect: 'reset' });
      await socket.problem('send', { data: { text: 'lost' } });
      assert.equal((await peer.problem('recv', { timeoutMs: 10_000 })).name, code);
      await socket.ok('close');
      const [own, other] = await segmentsOf(t, port, socket, peer);
      assert.deepEqual(own, [...before, '> AR 0']);
      assert.equal(other?.at(-1), '> AR 0');
      const datagram = await session.socket({ provider: 'lab', family: 'AF_INET', type: 'SOCK_DGRAM' });
      await datagram.ok('bind', { address: loopback('AF_INET', 0) });
      await arm(datagram, { effect: 'drop' });
      for (const text of ['dropped', 'sent']) {
        await datagram.ok('sendTo', { data: { text }, address: await datagram.sockName() });
      }
      const lengths = await tshark(await capture(t, daemon, datagram.id), 'udp.length');
      assert.deepEqual(lengths, ['12']);
    });

    test(`tshark on ${provider}: a close over unread bytes is a reset`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      const port = await portOf(socket);
      await peer.ok('send', { data: { text: 'abc' } });
      await session.ok('select', { read: [socket.id], timeoutMs: 10_000 });
      await socket.ok('close');
      assert.equal((await peer.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      const journal = await daemon.api.ok.get(`/v1/sockets/${socket.id}/journal`);
      assert.deepEqual([journal.connectionEnd, journal.unreadBytes], ['reset', 3]);
      for (const seen of await segmentsOf(t, port, socket, peer)) {
        assert.deepEqual(seen.slice(3), ['< AP 3', '> A 0', '> AR 0']);
      }
      const [cleaned] = await session.pair();
      const cleanedPort = await portOf(cleaned);
      await session.ok('cleanup');
      assert.deepEqual((await segments(await capture(t, daemon, cleaned.id), cleanedPort)).slice(3), [
        '> AF 0',
        '< A 0',
      ]);
    });

    test(`tshark on ${provider}: a duplicate, a listener that rejects, several connects`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      const port = await portOf(socket);
      const second = await socket.duplicate();
      await socket.ok('close');
      await second.ok('send', { data: { text: 'x' } });
      await peer.ok('recv', { timeoutMs: 10_000 });
      await second.ok('close');
      const [first, rest] = await segmentsOf(t, port, socket, second);
      assert.deepEqual(first, ['> S 0', '< AS 0', '> A 0']);
      assert.deepEqual(rest, ['> AP 1', '< A 0', '> AF 0', '< A 0']);

      const { address: refusing } = await session.refusingAddress();
      const listener = await session.listener();
      const address = await listener.sockName();
      const client = await session.stream();
      await client.problem('connect', { address: refusing });
      await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await client.answer('connect', { address });
      await client.untilState(['connected']);
      await client.ok('send', { data: { text: 'x' } });
      const ports = await tshark(await capture(t, daemon, client.id), 'tcp.dstport');
      const [there, here] = [String(address.port), String(await portOf(client))];
      assert.deepEqual(ports.slice(2), [there, here, there, there, here]);
      assert.equal(ports[0], String(refusing.port));
      await listener.ok('conditionalAccept', { condition: 'CF_REJECT', timeoutMs: 10_000 });
      const accepted = await segments(await capture(t, daemon, listener.id), address.port);
      assert.deepEqual(accepted, ['< S 0', '> AS 0', '< A 0', '> AR 0']);
    });

    test(`tshark on ${provider}: datagrams of both families with several peers`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const session = await startSession(daemon, provider);
      for (const family of FAMILIES) {
        const [hub, ...peers] = await Promise.all([1, 2, 3].map(() => session.datagram(family)));
        assert.ok(hub);
        await hub.ok('bind', { address: loopback(family, 0) });
        const ports: number[] = [];
        for (const [i, peer] of peers.entries()) {
          await peer.ok('bind', { address: loopback(family, 0) });
          ports.push(await portOf(peer));
          await hub.ok('connect', { address: await peer.sockName() });
          await hub.ok('send', { data: { text: 'x'.repeat(i) } });
          await peer.ok('recvFrom', { timeoutMs: 10_000 });
          await peer.ok('sendTo', { data: { text: 'answer' }, address: await hub.sockName() });
          await hub.ok('recv', { timeoutMs: 10_000 });
        }
        // tshark calls one conversation a stream.
        const fields = ['srcport', 'dstport', 'length', 'stream'].map((name) => `udp.${name}`);
        const lines = await tshark(await capture(t, daemon, hub.id), ...fields);
        const own = await portOf(hub);
        const expected = ports.flatMap((port, i) => [
          `${own},${port},${8 + i},${i}`,
          `${port},${own},14,${i}`,
        ]);
        assert.deepEqual(lines, expected);
      }
    });

    test(`tshark on ${provider}: a journal without its beginning says what is missing`, async (t) => {
      if (!needs(t, 'tshark')) return;
      const daemon = await startDaemon(t, { config: { limits: { journalEntries: 4 } } });
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      const port = await portOf(socket);
      for (let i = 0; i < 6; i++) {
        await socket.ok('send', { data: { text: 'ab' } });
        await peer.ok('recv', { timeoutMs: 10_000 });
      }
      await socket.ok('sendDisconnect');
      const file = await capture(t, daemon, socket.id);
      const seen = ['> AP 2', '< A 0', '> AP 2', '< A 0', '> AP 2', '< A 0', '> AF 0', '< A 0'];
      assert.deepEqual(await segments(file, port), seen);
      const comments = (await tshark(file, 'frame.comment')).filter((line) => line !== '');
      assert.match(comments[0] ?? '', /^\d+ earlier calls are missing; send \(journal \d+\); 2 of 2 bytes/);
      assert.ok(comments.slice(1).every((comment) => !comment.includes('missing')));
      assert.match(readFileSync(file, 'latin1'), /\d+ earlier calls were dropped from the journal/);
    });
  }

  test('tshark: bytes not captured are in no packet, but count in its lengths', async (t) => {
    if (!needs(t, 'tshark')) return;
    const session = await startSession(daemon, 'lab');
    const listener = await session.listener();
    const socket = await session.socket({
      family: 'AF_INET',
      type: 'SOCK_STREAM',
      capture: { maxBytes: 2000 },
    });
    await socket.ok('connect', { address: await listener.sockName() });
    const peer = await listener.accept({ timeoutMs: 10_000 });
    const length = 4 * 1024 * 1024;
    const sending = socket.ok('send', { data: { base64: Buffer.alloc(length, 1).toString('base64') } });
    for (let left = length; left > 0; ) left -= (await peer.ok('recv', { timeoutMs: 10_000 })).bytesReceived;
    await sending;
    await socket.ok('send', { data: { text: 'the end' } });
    const file = await capture(t, daemon, socket.id);
    assert.ok(statSync(file).size < 20_000, `${statSync(file).size} bytes`);
    const fields = ['tcp.len', 'tcp.seq', 'frame.len', 'frame.cap_len', 'data.data'];
    const sent = (await tshark(file, ...fields))
      .filter((line) => !line.startsWith('0,'))
      .map((line) => line.split(','));
    assert.deepEqual(
      sent.slice(0, 3).map((values) => values.slice(0, 4).join()),
      ['1460,1,1500,1500', '1460,1461,1500,580', '64240,2921,64280,40'],
    );
    const end = Buffer.from('the end').toString('hex');
    assert.deepEqual(sent.at(-1), ['7', String(length + 1), '47', '47', end]);
  });

  test('tshark: a SYN has the time at which connect begins, its answer that of the end', async (t) => {
    if (!needs(t, 'tshark')) return;
    const session = await startSession(daemon, 'lab');
    const listener = await session.listener();
    const socket = await session.stream();
    await session.ok('labLink', { latencyMs: 200 });
    await socket.ok('connect', { address: await listener.sockName() });
    const lines = await tshark(await capture(t, daemon, socket.id), 'tcp.flags.str', 'frame.time_delta');
    const [, answer = ''] = lines;
    assert.ok(Number(answer.split(',')[1]) >= 0.2, lines.join(' '));
  });

  test('tshark: urgent data has its flag and its pointer', async (t) => {
    if (!needs(t, 'tshark')) return;
    const session = await startSession(daemon, 'posix');
    const [socket, peer] = await session.pair();
    const port = await portOf(socket);
    await socket.ok('send', { data: { text: 'abc' }, flags: ['MSG_OOB'] });
    const urgent = await peer.ok('recv', { flags: ['MSG_OOB'], timeoutMs: 10_000 });
    assert.equal(textOf(urgent), 'c');
    await peer.ok('recv', { timeoutMs: 10_000 });
    const shown = async (one: TestSocket): Promise<string[]> => {
      const lines = await tshark(await capture(t, daemon, one.id), 'tcp.len', 'tcp.urgent_pointer');
      return lines.filter((line) => !line.startsWith('0,'));
    };
    assert.deepEqual(await Promise.all([shown(socket), shown(peer)]), [['3,3'], ['1,1', '2,0']]);
    assert.equal((await segments(await capture(t, daemon, socket.id), port))[3], '> UAP 3');
  });

  test('tshark: a socket for both families is IPv4 on the wire when its peer is', async (t) => {
    if (!needs(t, 'tshark')) return;
    const session = await startSession(daemon, 'posix');
    const listener = await session.listener();
    const { port } = await listener.sockName();
    const socket = await session.stream('AF_INET6');
    await socket.setOption('IPPROTO_IPV6', 'IPV6_V6ONLY', { boolean: false });
    await socket.ok('connect', { address: { family: 'AF_INET6', address: '::ffff:127.0.0.1', port } });
    const sources = await tshark(await capture(t, daemon, socket.id), 'ip.src');
    assert.deepEqual(sources, ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  test('a failed connect to a path on a TCP socket makes no packet', async (t) => {
    if (!needs(t, 'tshark')) return;
    const place = folder(t);
    const paths = { allow: ['127.0.0.0/8'], unixPaths: [`${place}/`] };
    const daemon = await startDaemon(t, { config: { policy: { connect: paths, bind: paths } } });
    const session = await startSession(daemon, 'posix');
    const listener = await session.listener();
    const socket = await session.stream();
    const wrong = await socket.problem('connect', { address: { family: 'AF_UNIX', path: join(place, 'x') } });
    assert.equal(wrong.name, 'WSAEFAULT');
    await socket.ok('connect', { address: await listener.sockName() });
    assert.deepEqual(await segments(await capture(t, daemon, socket.id), await portOf(socket)), [
      '> S 0',
      '< AS 0',
      '> A 0',
    ]);
  });
});
