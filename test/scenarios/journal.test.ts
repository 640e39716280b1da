/** The journal: what is in it, what never is, how long it stays. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../http/client.js';
import { client } from '../http/client.js';
import { ALICE, type Begun, begin, loopback, PROVIDERS, type Rig, rig } from './rig.js';

const journalOf = (r: Rig, id: string, query = ''): Promise<Body> =>
  r.api.ok.get(`/v1/sockets/${id}/journal${query}`);

const operations = ({ entries }: Body): string[] => entries.map((entry: Body) => entry.operation);

/** What stands for payload in these tests, and must never be seen. */
const CANARY = 'canary-payload-that-must-not-be-kept';
const CANARY_64 = Buffer.from(CANARY).toString('base64');

for (const provider of PROVIDERS) {
  describe(`journal on ${provider}`, () => {
    test('a whole life: sequence, states, bytes, addresses, outcomes, times', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const [socket, peer] = await session.pair();
      await socket.ok('send', { data: { text: 'five!' } });
      await peer.ok('recv');
      await socket.ok('sendDisconnect');
      await peer.ok('recv');
      await socket.problem('send', { data: { text: 'late' } });
      await peer.ok('close');
      await socket.ok('close');
      const journal = await journalOf(r, socket.id, '?limit=1000');
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
      const accepted = await journalOf(r, peer.id);
      assert.deepEqual(operations(accepted), ['accept', 'recv', 'recv', 'close']);
      const [accept, five, end] = accepted.entries;
      assert.deepEqual(accept.remoteAddress, connect.localAddress);
      assert.deepEqual(accept.localAddress, connect.remoteAddress);
      assert.deepEqual([five.bytesReceived, five.eof, end.bytesReceived, end.eof], [5, false, 0, true]);
      const whole = await r.api.ok.get(`${session.path}/journal?limit=1000`);
      assert.deepEqual(
        whole.entries.map((entry: Body) => entry.sequence),
        whole.entries.map((_: Body, i: number) => i + 1),
      );
      assert.equal(whole.entries[0].operation, 'startup');
    });

    test('pages: after, limit, and where to go on', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      for (let i = 0; i < 5; i++) await session.stream();
      const first = await r.api.ok.get(`${session.path}/journal?limit=4`);
      assert.deepEqual([first.entries.length, first.nextAfter], [4, 4]);
      const rest = await r.api.ok.get(`${session.path}/journal?after=4`);
      assert.deepEqual(
        rest.entries.map((entry: Body) => entry.sequence),
        [5, 6],
      );
      const none = await r.api.ok.get(`${session.path}/journal?after=6`);
      assert.deepEqual([none.entries, none.nextAfter], [[], 6]);
      assert.equal((await r.api.problem.get(`${session.path}/journal?limit=0`)).type, '/problems/validation');
      const [{ socketId }] = (await r.api.ok.get(`${session.path}/sockets`)).sockets;
      for (const path of [session.path, `/v1/sockets/${socketId}`]) {
        const future = await r.api.problem.get(`${path}/journal?after=7`);
        assert.deepEqual([future.type, future.errors[0].pointer], ['/problems/validation', '/after']);
        assert.equal((await r.api.ok.get(`${path}/journal?after=6`)).nextAfter, 6);
      }
    });

    test('bounded: the oldest are dropped, and counted', async (t) => {
      const r = await rig(t, { config: { limits: { journalEntries: 5 } } });
      const session = await begin(r, provider);
      const socket = await session.datagram();
      await socket.ok('bind', { address: loopback('AF_INET', 0) });
      for (let i = 0; i < 10; i++) await socket.sockName();
      const journal = await journalOf(r, socket.id);
      assert.deepEqual([journal.entries.length, journal.dropped], [5, 7]);
      assert.equal(journal.entries[4].sequence, 13);
    });

    test('a closed socket is read while its session lives; the oldest are forgotten first', async (t) => {
      const r = await rig(t, { config: { limits: { journalEntries: 6 } } });
      const session = await begin(r, provider);
      const ids: string[] = [];
      for (let i = 0; i < 4; i++) {
        const socket = await session.stream();
        await socket.ok('close');
        ids.push(socket.id);
      }
      const gone = await r.api.problem.get(`/v1/sockets/${ids[0]}/journal`);
      assert.deepEqual([gone.name, gone.status, gone.reason], ['WSAENOTSOCK', 410, 'closed']);
      assert.deepEqual(operations(await journalOf(r, ids[3] ?? '')), ['socket', 'close']);
      assert.equal((await r.api.problem.post(`/v1/sockets/${ids[3]}/listen`, {})).status, 410);
      const after = await journalOf(r, ids[3] ?? '');
      assert.deepEqual(
        operations(after),
        ['socket', 'close', 'listen'],
        'a call on what is gone is told too',
      );
      await r.api.ok.delete(session.path);
      assert.equal((await r.api.problem.get(`/v1/sockets/${ids[3]}/journal`)).status, 410);
    });

    test('cleanup ends a socket, and its journal says so', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const socket = await session.stream();
      await r.api.ok.post(`${session.path}/cleanup`, {});
      const journal = await journalOf(r, socket.id);
      assert.equal(journal.endReason, 'cleanup');
      assert.ok(journal.endedAt > 0);
    });

    test('only the owner reads it', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const socket = await session.stream();
      for (const end of ['', '.ndjson', '.pcapng', '.sh', '.py']) {
        const path = `/v1/sockets/${socket.id}/journal${end}`;
        assert.equal((await r.bob.problem.get(path)).status, 404);
        assert.equal((await client(r.url).problem.get(path)).status, 401);
      }
      await socket.ok('close');
      assert.equal((await r.bob.problem.get(`/v1/sockets/${socket.id}/journal`)).status, 404);
      assert.equal((await r.bob.problem.get(`${session.path}/journal`)).status, 404);
    });

    test('neither payload nor token is ever in it', async (t) => {
      const r = await rig(t);
      const session = await begin(r, provider);
      const [socket, peer] = await session.pair();
      await socket.ok('send', { data: { text: CANARY } });
      await socket.ok('send', { data: { base64: CANARY_64 } });
      await peer.ok('recv');
      // Nothing is known of what does not fit the schema: it may be payload that went astray.
      await socket.problem('send', { data: CANARY });
      await socket.problem('send', { [CANARY]: CANARY });
      await socket.problem('send', { data: { text: CANARY, base64: CANARY_64 } });
      await socket.problem('send', { data: { text: CANARY, len: 4000 } });
      await socket.any('sendDisconnect', { disconnectData: { text: CANARY } });
      await socket.problem('shutdown', { how: CANARY });
      await socket.ok('close');
      await socket.problem('send', { data: { text: CANARY } });
      const seen: string[] = [JSON.stringify(await r.api.ok.get(`${session.path}/journal?limit=1000`))];
      for (const id of [socket.id, peer.id]) {
        seen.push(JSON.stringify(await journalOf(r, id, '?limit=1000')));
        for (const end of ['ndjson', 'pcapng', 'sh', 'py']) {
          seen.push(String(await r.api.ok.get(`/v1/sockets/${id}/journal.${end}`)));
        }
      }
      const secrets = [CANARY, CANARY_64, CANARY_64.slice(0, 20), ALICE];
      for (const secret of secrets) assert.ok(!seen.some((text) => text.includes(secret)), secret);
      const tooLong = (await journalOf(r, socket.id)).entries.find(
        (entry: Body) => entry.name === 'WSAEFAULT',
      );
      assert.deepEqual(tooLong.parameters.data, { len: 4000, given: CANARY.length });
    });

    test('with capture the first bytes are there, of accepted sockets too, and no more than their bound', async (t) => {
      const r = await rig(t, { config: { limits: { captureBytes: 10 } } });
      const session = await begin(r, provider);
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
        await r.api.ok.post(`/v1/sockets/${socketId}/send`, { data: { text } });
      }
      await socket.ok('send', { data: { text: 'unseen' } });
      await r.api.ok.post(`/v1/sockets/${socketId}/recv`, { timeoutMs: 10_000 });
      const { entries } = await journalOf(r, socketId);
      const shown = entries.map(({ data }: Body) => data && Buffer.from(data.base64, 'base64').toString());
      assert.deepEqual(shown, [undefined, undefined, undefined, 'thir', 'unse']);
      assert.ok((await journalOf(r, socket.id)).entries.every((entry: Body) => entry.data === undefined));
      await r.api.ok.delete(`/v1/sockets/${socketId}`);
    });

    test('an answer that did not arrive is marked', async (t) => {
      let leave: () => void = () => {};
      const r = await rig(t, {
        beforeReply: async (_id, operation) => {
          if (operation !== 'recv') return;
          leave();
          await new Promise((resolve) => setTimeout(resolve, 50));
        },
      });
      const [socket, peer] = await (await begin(r, provider)).pair();
      await socket.ok('send', { data: { text: 'lost?' } });
      const gone = new AbortController();
      leave = () => gone.abort();
      await assert.rejects(peer.any('recv', {}, { signal: gone.signal }));
      leave = () => {};
      const { data } = await peer.ok('recv', { timeoutMs: 10_000 });
      assert.equal(Buffer.from(data.base64, 'base64').toString(), 'lost?');
      const { entries } = await journalOf(r, peer.id);
      assert.deepEqual(
        entries.map(({ operation, undelivered }: Body) => [operation, undelivered === true]),
        [
          ['accept', false],
          ['recv', true],
          ['recv', false],
        ],
      );
    });

    test('datagrams name the other end', async (t) => {
      const r = await rig(t);
      const session: Begun = await begin(r, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const to = await b.sockName();
      await a.ok('sendTo', { data: { text: 'there' }, address: to });
      const { address } = await b.ok('recvFrom', { timeoutMs: 10_000 });
      const sent = (await journalOf(r, a.id)).entries.at(-1);
      const got = (await journalOf(r, b.id)).entries.at(-1);
      assert.deepEqual([sent.remoteAddress, got.remoteAddress], [to, address]);
      assert.equal(sent.localAddress.port, address.port);
      assert.deepEqual(got.localAddress, to);
    });
  });
}
