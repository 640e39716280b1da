/** The journal: what it records, what it never records, and how long it stays. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Body } from '../../http/client.js';
import { client } from '../../http/client.js';
import {
  ALICE,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
  textOf,
  until,
} from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';

const journalOf = (daemon: TestDaemon, id: string, query = ''): Promise<Body> =>
  daemon.api.ok.get(`/v1/sockets/${id}/journal${query}`);

const operations = ({ entries }: Body): string[] => entries.map((entry: Body) => entry.operation);

/** A datagram socket that captures, and has sent 2000 bytes so many times to a port without a receiver. */
const capturing = async (session: TestSession, times: number): Promise<TestSocket> => {
  const socket = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', capture: { maxBytes: 2000 } });
  const text = 'x'.repeat(2000);
  for (let i = 0; i < times; i++) {
    await socket.answer('sendTo', { data: { text }, address: loopback('AF_INET', 9) });
  }
  return socket;
};

/** How many entries of a journal have payload, and how many have lost it. */
const payloads = async (daemon: TestDaemon, id: string): Promise<{ kept: number; dropped: number }> => {
  const { entries, droppedPayloads } = await journalOf(daemon, id);
  const kept = entries.filter(({ data }: Body) => data !== undefined);
  assert.ok(kept.every(({ data }: Body) => data.len === 2000));
  return { kept: kept.length, dropped: droppedPayloads };
};

/** The payload of these tests, which must not be found in the journal. */
const CANARY = 'canary-payload-that-must-not-be-kept';
const CANARY_64 = Buffer.from(CANARY).toString('base64');

for (const provider of PROVIDERS) {
  describe(`journal on ${provider}`, () => {
    test('the whole life of a socket: sequence, states, bytes, addresses, outcomes, times', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      await socket.ok('send', { data: { text: 'five!' } });
      await peer.ok('recv');
      await socket.ok('sendDisconnect');
      await peer.ok('recv');
      await socket.problem('send', { data: { text: 'late' } });
      await peer.ok('close');
      await socket.ok('close');
      const journal = await journalOf(daemon, socket.id, '?limit=1000');
      assert.deepEqual(operations(journal), ['socket', 'connect', 'send', 'sendDisconnect', 'send', 'close']);
      const [created, connect, send, , late, close] = journal.entries;
      assert.equal(created.createdSocketId, socket.id);
      assert.deepEqual(
        [created.stateAfter, connect.stateBefore, connect.stateAfter],
        ['fresh', 'fresh', 'connected'],
      );
      assert.equal(connect.remoteAddress.port, connect.parameters.address.port);
      assert.equal(connect.localAddress.address, '127.0.0.1');
      assert.deepEqual([send.outcome, send.bytesSent, send.parameters], ['ok', 5, { data: { len: 5 } }]);
      assert.deepEqual([late.outcome, late.name, late.code], ['failed', 'WSAESHUTDOWN', 10058]);
      assert.equal(close.stateAfter, 'closed');
      assert.deepEqual([journal.endReason, journal.provider, journal.dropped], ['closed', provider, 0]);
      const at = journal.entries.map((entry: Body) => entry.at);
      assert.deepEqual(
        at,
        [...at].sort((a, b) => a - b),
      );
      for (const entry of journal.entries) {
        assert.ok(entry.nativeUs >= 0 && entry.waitUs >= 0);
        assert.match(entry.requestId, /^req-/);
      }
      const accepted = await journalOf(daemon, peer.id);
      assert.deepEqual(operations(accepted), ['accept', 'recv', 'recv', 'close']);
      const [accept, five, end] = accepted.entries;
      assert.deepEqual(accept.remoteAddress, connect.localAddress);
      assert.deepEqual(accept.localAddress, connect.remoteAddress);
      assert.deepEqual([five.bytesReceived, five.eof, end.bytesReceived, end.eof], [5, false, 0, true]);
      const whole = await daemon.api.ok.get(`${session.path}/journal?limit=1000`);
      assert.deepEqual(
        whole.entries.map((entry: Body) => entry.sequence),
        whole.entries.map((_: Body, i: number) => i + 1),
      );
      assert.equal(whole.entries[0].operation, 'startup');
    });

    test('pages: after, limit and nextAfter', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      for (let i = 0; i < 5; i++) await session.stream();
      const first = await daemon.api.ok.get(`${session.path}/journal?limit=4`);
      assert.deepEqual([first.entries.length, first.nextAfter], [4, 4]);
      const rest = await daemon.api.ok.get(`${session.path}/journal?after=4`);
      assert.deepEqual(
        rest.entries.map((entry: Body) => entry.sequence),
        [5, 6],
      );
      const none = await daemon.api.ok.get(`${session.path}/journal?after=6`);
      assert.deepEqual([none.entries, none.nextAfter], [[], 6]);
      assert.equal(
        (await daemon.api.problem.get(`${session.path}/journal?limit=0`)).type,
        '/problems/validation',
      );
      const [{ socketId }] = (await daemon.api.ok.get(`${session.path}/sockets`)).sockets;
      for (const path of [session.path, `/v1/sockets/${socketId}`]) {
        const future = await daemon.api.problem.get(`${path}/journal?after=7`);
        assert.deepEqual([future.type, future.errors[0].pointer], ['/problems/validation', '/after']);
        assert.equal((await daemon.api.ok.get(`${path}/journal?after=6`)).nextAfter, 6);
      }
    });

    test('bounded: the oldest entries are dropped and counted', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { journalEntries: 5 } } });
      const session = await startSession(daemon, provider);
      const socket = await session.datagram();
      await socket.ok('bind', { address: loopback('AF_INET', 0) });
      for (let i = 0; i < 10; i++) await socket.sockName();
      const journal = await journalOf(daemon, socket.id);
      assert.deepEqual([journal.entries.length, journal.dropped], [5, 7]);
      assert.equal(journal.entries.at(-1).sequence, 13);
    });

    test('journals of closed sockets are readable; the oldest are dropped first', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { journalEntries: 6 } } });
      const session = await startSession(daemon, provider);
      const ids: string[] = [];
      for (let i = 0; i < 4; i++) {
        const socket = await session.stream();
        await socket.ok('close');
        ids.push(socket.id);
      }
      const [oldest = ''] = ids;
      const newest = ids.at(-1) ?? '';
      const gone = await daemon.api.problem.get(`/v1/sockets/${oldest}/journal`);
      assert.deepEqual([gone.name, gone.status, gone.reason], ['WSAENOTSOCK', 410, 'closed']);
      assert.deepEqual(operations(await journalOf(daemon, newest)), ['socket', 'close']);
      assert.equal((await daemon.api.problem.post(`/v1/sockets/${newest}/listen`, {})).status, 410);
      const after = await journalOf(daemon, newest);
      assert.deepEqual(
        operations(after),
        ['socket', 'close', 'listen'],
        'a call on an ended id is recorded, too',
      );
      await daemon.api.ok.delete(session.path);
      assert.equal((await journalOf(daemon, newest)).endReason, 'closed');
    });

    test('unchecked parameters are not recorded, not even an address', async (t) => {
      const daemon = await startDaemon(t);
      const socket = await (await startSession(daemon, provider)).stream();
      await socket.ok('close');
      await socket.problem('connect', { address: 'x'.repeat(10_000) });
      const { entries } = await journalOf(daemon, socket.id);
      const { operation, parameters, remoteAddress } = entries.at(-1);
      assert.deepEqual([operation, parameters, remoteAddress], ['connect', undefined, undefined]);
    });

    test('calls on ended ids count: ended journals stay within their bound', async (t) => {
      const journalEntries = 20;
      const daemon = await startDaemon(t, { config: { limits: { journalEntries } } });
      const session = await startSession(daemon, provider);
      const sockets: TestSocket[] = [];
      for (let i = 0; i < 10; i++) {
        const socket = await session.stream();
        await socket.ok('close');
        sockets.push(socket);
      }
      for (const socket of sockets.slice(5)) {
        for (let i = 0; i < 8; i++) await socket.problem('recv');
      }
      const kept: number[] = [];
      for (const { id } of sockets) {
        const { status, body } = await daemon.api.get(`/v1/sockets/${id}/journal?limit=1000`);
        if (status === 200) kept.push(body.entries.length);
      }
      assert.deepEqual(kept, [10, 10]);
      const { forgottenSockets } = await daemon.api.ok.get(`${session.path}/journal`);
      assert.equal(forgottenSockets, sockets.length - kept.length);
    });

    test('payload is bounded per session and owner; that of ended sockets goes first', async (t) => {
      const limits = { captureBytes: 8000, captureBytesPerSession: 20_000, captureBytesPerOwner: 25_000 };
      const daemon = await startDaemon(t, { config: { limits } });
      const session = await startSession(daemon, provider);
      const live = await capturing(session, 3);
      const ended: string[] = [];
      for (let i = 0; i < 10; i++) {
        const socket = await capturing(session, 3);
        await socket.ok('close');
        ended.push(socket.id);
      }
      // Each socket sent 6000 bytes: those of two ended ones fit beside those of the live one, and a third of
      // another.
      assert.deepEqual(await payloads(daemon, live.id), { kept: 3, dropped: 0 });
      const shown = [];
      for (const id of ended) shown.push(await payloads(daemon, id));
      assert.deepEqual(shown.slice(0, 7), Array(7).fill({ kept: 0, dropped: 3 }));
      assert.deepEqual(shown.slice(7), [
        { kept: 1, dropped: 2 },
        { kept: 3, dropped: 0 },
        { kept: 3, dropped: 0 },
      ]);
      const other = await capturing(await startSession(daemon, provider), 4);
      assert.deepEqual(await payloads(daemon, other.id), { kept: 4, dropped: 0 });
      assert.deepEqual(await payloads(daemon, ended.at(-2) ?? ''), { kept: 2, dropped: 1 });
      assert.deepEqual(await payloads(daemon, live.id), { kept: 3, dropped: 0 });
    });

    test('after the lease has expired journals are readable, and nothing else', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider, { leaseSeconds: 5 });
      const [socket, closed] = await session.pair();
      await closed.ok('close');
      const { socketId: duplicate } = await socket.ok('duplicate', {
        sessionId: (await startSession(daemon, provider)).id,
      });
      clock.advance(5000);
      await until(() => daemon.app.daemon.sockets.find(socket.id) === undefined, 'the socket has ended');
      const journal = await daemon.api.ok.get(`${session.path}/journal?limit=1000`);
      assert.deepEqual([journal.endReason, journal.endedAt >= 5_000_000], ['lease-expired', true]);
      assert.deepEqual(operations(journal).slice(0, 2), ['startup', 'socket']);
      const ofSocket = await journalOf(daemon, socket.id);
      assert.deepEqual([ofSocket.endReason, ofSocket.sessionId], ['lease-expired', session.id]);
      assert.deepEqual(operations(ofSocket), ['socket', 'connect', 'duplicate']);
      assert.equal((await journalOf(daemon, closed.id)).endReason, 'closed');
      for (const end of ['ndjson', 'pcapng', 'py']) {
        await daemon.api.ok.get(`/v1/sockets/${socket.id}/journal.${end}`);
      }
      assert.equal((await daemon.api.problem.get(`${session.path}/journal?limit=0`)).status, 400);
      const limit = await daemon.api.problem.get(`/v1/sockets/${socket.id}/journal?limit=0`);
      assert.deepEqual([limit.sessionId, limit.provider, limit.state], [session.id, provider, 'closed']);
      assert.equal((await daemon.api.problem.get(session.path)).type, '/problems/lease-expired');
      assert.equal((await daemon.api.problem.get(`/v1/sockets/${socket.id}`)).reason, 'lease-expired');
      assert.equal((await socket.problem('recv')).status, 410);
      assert.equal((await daemon.api.problem.get(`/v1/events?socketId=${socket.id}`)).status, 410);
      for (const path of [`${session.path}/journal`, `/v1/sockets/${socket.id}/journal`]) {
        assert.equal((await daemon.bob.problem.get(path)).status, 404);
      }
      await daemon.api.ok.delete(`/v1/sockets/${duplicate}`);
    });

    test('the journals of ended sessions are bounded: the oldest sessions are dropped first', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { endedSessionEntries: 20 } } });
      const sessions: TestSession[] = [];
      const sockets: TestSocket[] = [];
      for (let i = 0; i < 4; i++) {
        const session = await startSession(daemon, provider);
        const socket = await session.stream();
        for (let k = 0; k < i; k++) await socket.answer('listen');
        await socket.ok('close');
        await daemon.api.ok.delete(session.path);
        sessions.push(session);
        sockets.push(socket);
      }
      // startup, socket, close and endSession, and those of the socket again: 6, 8, 10, 12.
      const statuses = async (paths: string[]): Promise<number[]> =>
        Promise.all(paths.map(async (path) => (await daemon.api.get(`${path}/journal`)).status));
      const kept = [410, 410, 410, 200];
      assert.deepEqual(await statuses(sessions.map(({ path }) => path)), kept);
      assert.deepEqual(await statuses(sockets.map(({ id }) => `/v1/sockets/${id}`)), kept);
      const refused = await daemon.api.problem.get(`${sessions[0]?.path}/journal`);
      assert.equal(refused.type, '/problems/session-ended');
      const last = await daemon.api.ok.get(`${sessions.at(-1)?.path}/journal`);
      assert.equal(operations(last).at(-1), 'endSession');
    });

    test('a session whose journal is not kept leaves nothing: its events have no payload', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { endedSessionEntries: 0 } } });
      const session = await startSession(daemon, provider);
      const live = await capturing(session, 2);
      const closed = await capturing(session, 2);
      await closed.ok('close');
      const { events } = daemon.app.daemon;
      const withPayload = () =>
        events
          .after('alice', 0, 1000)
          .events.filter(({ body }) => body.kind === 'operation' && body.entry.data !== undefined).length;
      assert.equal(withPayload(), 4);
      await daemon.api.ok.delete(session.path);
      assert.equal(withPayload(), 0);
      assert.equal((await daemon.api.problem.get(`/v1/sockets/${live.id}/journal`)).status, 410);
      assert.equal((await daemon.api.problem.get(`${session.path}/journal`)).status, 410);
    });

    test('a startup that fails for a session is in its journal, not in that of another owner', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { id: sessionId } = session;
      await daemon.api.problem.post('/v1/startup', { sessionId, version: '0.9' });
      await daemon.api.problem.post('/v1/startup', { sessionId, leaseSeconds: 'long' });
      await daemon.bob.problem.post('/v1/startup', { sessionId, version: '0.9' });
      await daemon.bob.problem.post('/v1/startup', { sessionId });
      const { entries } = await daemon.api.ok.get(`${session.path}/journal`);
      assert.deepEqual(
        entries.map(({ operation, outcome, name, refusal }: Body) => [operation, outcome, name ?? refusal]),
        [
          ['startup', 'ok', undefined],
          ['startup', 'failed', 'WSAVERNOTSUPPORTED'],
          ['startup', 'refused', 'validation'],
        ],
      );
      assert.deepEqual(entries[1].parameters, { sessionId, version: '0.9' });
    });

    test('cleanup ends a socket, and its journal has the reason', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      await daemon.api.ok.post(`${session.path}/cleanup`, {});
      const journal = await journalOf(daemon, socket.id);
      assert.equal(journal.endReason, 'cleanup');
      assert.ok(journal.endedAt > 0);
    });

    test('only the owner can read it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      for (const end of ['', '.ndjson', '.pcapng', '.py']) {
        const path = `/v1/sockets/${socket.id}/journal${end}`;
        assert.equal((await daemon.bob.problem.get(path)).status, 404);
        assert.equal((await client(daemon.url).problem.get(path)).status, 401);
      }
      await socket.ok('close');
      assert.equal((await daemon.bob.problem.get(`/v1/sockets/${socket.id}/journal`)).status, 404);
      assert.equal((await daemon.bob.problem.get(`${session.path}/journal`)).status, 404);
    });

    test('neither payload nor a token is ever recorded', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      await socket.ok('send', { data: { text: CANARY } });
      await socket.ok('send', { data: { base64: CANARY_64 } });
      await peer.ok('recv');
      // A parameter that does not fit the schema may be misplaced payload.
      await socket.problem('send', { data: CANARY });
      await socket.problem('send', { [CANARY]: CANARY });
      await socket.problem('send', { data: { text: CANARY, base64: CANARY_64 } });
      await socket.problem('send', { data: { text: CANARY, len: 4000 } });
      await socket.answer('sendDisconnect', { disconnectData: { text: CANARY } });
      await socket.problem('shutdown', { how: CANARY });
      await socket.ok('close');
      await socket.problem('send', { data: { text: CANARY } });
      const seen: string[] = [JSON.stringify(await daemon.api.ok.get(`${session.path}/journal?limit=1000`))];
      for (const id of [socket.id, peer.id]) {
        seen.push(JSON.stringify(await journalOf(daemon, id, '?limit=1000')));
        for (const end of ['ndjson', 'pcapng', 'py']) {
          seen.push(String(await daemon.api.ok.get(`/v1/sockets/${id}/journal.${end}`)));
        }
      }
      const secrets = [CANARY, CANARY_64, CANARY_64.slice(0, 20), ALICE];
      for (const secret of secrets) assert.ok(!seen.some((text) => text.includes(secret)), secret);
      const tooLong = (await journalOf(daemon, socket.id)).entries.find(
        (entry: Body) => entry.name === 'WSAEFAULT',
      );
      assert.deepEqual(tooLong.parameters.data, { len: 4000, given: CANARY.length });
    });

    test('an overlong id in a list is a bad parameter', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socketId = 'x'.repeat(65);
      const polled = await session.problem('poll', { sockets: [{ socketId, events: [] }], timeoutMs: 0 });
      assert.deepEqual([polled.status, polled.errors[0].pointer], [400, '/sockets/0/socketId']);
      const selected = await session.problem('select', { read: [socketId], timeoutMs: 0 });
      assert.deepEqual([selected.status, selected.errors[0].pointer], [400, '/read/0']);
      assert.equal((await daemon.api.problem.get(`/v1/sockets/${socketId}`)).status, 404);
    });

    test('capture keeps the first bytes up to its bound, of accepted sockets too', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { captureBytes: 10 } } });
      const session = await startSession(daemon, provider);
      const listener = await session.socket({
        family: 'AF_INET',
        type: 'SOCK_STREAM',
        capture: { maxBytes: 4 },
      });
      await listener.ok('bind', { address: loopback('AF_INET', 0) });
      await listener.ok('listen');
      const socket = await session.stream();
      await socket.ok('connect', { address: await listener.sockName() });
      const { socketId } = await listener.ok('accept', { timeoutMs: 10_000 });
      for (const text of ['first', 'second', 'third']) {
        await daemon.api.ok.post(`/v1/sockets/${socketId}/send`, { data: { text } });
      }
      await socket.ok('send', { data: { text: 'unseen' } });
      await daemon.api.ok.post(`/v1/sockets/${socketId}/recv`, { timeoutMs: 10_000 });
      const { entries } = await journalOf(daemon, socketId);
      const shown = entries.map(({ data }: Body) => data && textOf({ data }));
      assert.deepEqual(shown, [undefined, undefined, undefined, 'thir', 'unse']);
      assert.ok(
        (await journalOf(daemon, socket.id)).entries.every((entry: Body) => entry.data === undefined),
      );
      await daemon.api.ok.delete(`/v1/sockets/${socketId}`);
    });

    test('an undelivered answer is marked', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [socket, peer] = await (await startSession(daemon, provider)).pair();
      await socket.ok('send', { data: { text: 'lost?' } });
      await seam.cut(daemon, `/v1/sockets/${peer.id}/recv`, {});
      assert.equal(textOf(await peer.ok('recv', { timeoutMs: 10_000 })), 'lost?');
      const { entries } = await journalOf(daemon, peer.id);
      assert.deepEqual(
        entries.map(({ operation, undelivered }: Body) => [operation, undelivered === true]),
        [
          ['accept', false],
          ['recv', true],
          ['recv', false],
        ],
      );
    });

    test('entries of datagrams have the address of the other end', async (t) => {
      const daemon = await startDaemon(t);
      const session: TestSession = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const to = await b.sockName();
      await a.ok('sendTo', { data: { text: 'there' }, address: to });
      const { address } = await b.ok('recvFrom', { timeoutMs: 10_000 });
      const sent = (await journalOf(daemon, a.id)).entries.at(-1);
      const got = (await journalOf(daemon, b.id)).entries.at(-1);
      assert.deepEqual([sent.remoteAddress, got.remoteAddress], [to, address]);
      assert.equal(sent.localAddress.port, address.port);
      assert.deepEqual(got.localAddress, to);
    });
  });
}
