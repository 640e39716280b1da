/** The event stream: complete, in order, bounded, and only the owner's events. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resultErrors } from '../../../src/operations/dispatch/validation.js';
import { EVENT_SCHEMAS } from '../../../src/operations/journal/event-schemas.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Body } from '../../http/client.js';
import {
  ALICE,
  BOB,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  until,
} from '../test-daemon.js';

interface Seen {
  readonly event: string;
  readonly id: string;
  readonly data: Body;
}

/** The errors in the data of an event, by the name of the event. */
const DATA_ERRORS = new Map(
  Object.entries(EVENT_SCHEMAS).map(([name, result]) => [name, resultErrors({ result })]),
);

/** An event stream read in this process. */
class Reader {
  readonly response: http.IncomingMessage;
  readonly seen: Seen[] = [];
  comments = 0;
  ended = false;

  constructor(response: http.IncomingMessage) {
    this.response = response;
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#add(block);
    });
    response.on('end', () => {
      this.ended = true;
    });
    response.on('error', () => {});
  }

  get kinds(): string[] {
    return this.seen.map(({ event }) => event);
  }

  /** Resolves with all events once there are that many. */
  async count(n: number): Promise<Seen[]> {
    await until(() => this.seen.length >= n, `${n} events; there are ${this.kinds}`);
    return this.seen;
  }

  close(): void {
    this.response.destroy();
  }

  #add(block: string): void {
    if (block.startsWith(':')) {
      this.comments++;
      return;
    }
    const [event = '', id = '', data = ''] = block.split('\n').map((line) => line.replace(/^\w+: /, ''));
    const seen: Seen = { event, id, data: JSON.parse(data) };
    assert.deepEqual(DATA_ERRORS.get(event)?.(seen.data), [], `${event} ${data}`);
    this.seen.push(seen);
  }
}

const open = async (
  t: TestContext,
  daemon: TestDaemon,
  query = '',
  { token = ALICE, lastEventId }: { token?: string; lastEventId?: string | undefined } = {},
): Promise<Reader> => {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  const request = http.get(`${daemon.url}/v1/events${query}`, { headers, agent: false });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.match(response.headers['x-request-id'], /^req-/);
  assert.equal(response.headers['cache-control'], 'no-store');
  const reader = new Reader(response);
  t.after(() => reader.close());
  return reader;
};

for (const provider of PROVIDERS) {
  describe(`events on ${provider}`, () => {
    test('operations, states and sessions, each once, with ascending ids', async (t) => {
      const daemon = await startDaemon(t);
      const reader = await open(t, daemon);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      await socket.ok('bind', { address: loopback('AF_INET', 0) });
      await socket.ok('close');
      await daemon.api.ok.delete(session.path);
      const seen = await reader.count(9);
      assert.deepEqual(
        seen.map(({ event, data }) => [event, data.operation ?? data.to ?? data.change]),
        [
          ['session', 'began'],
          ['operation', 'startup'],
          ['operation', 'socket'],
          ['state', 'bound'],
          ['operation', 'bind'],
          ['state', 'closed'],
          ['operation', 'close'],
          ['session', 'ended'],
          ['operation', 'endSession'],
        ],
      );
      const numbers = seen.map(({ id }) => Number(id.split('-')[1]));
      assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.ok(seen.every(({ data }) => data.sessionId === session.id));
      const bound = seen.find(({ data }) => data.operation === 'bind');
      assert.equal(bound?.data.socketId, socket.id);
    });

    test('a connect that goes on without its caller reports its end', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const socket = await session.stream();
      const reader = await open(t, daemon, `?socketId=${socket.id}&kind=state`);
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await socket.answer('connect', { address: await listener.sockName() });
      await socket.untilState(['connected']);
      await until(() => reader.seen.at(-1)?.data.to === 'connected', 'the state connected');
      assert.ok(reader.kinds.every((kind) => kind === 'state'));
    });

    test("filters by session, socket and kind; only the owner's events", async (t) => {
      const daemon = await startDaemon(t);
      const [one, two] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      const listener = await one.listener();
      const ofTwo = await open(t, daemon, `?sessionId=${two.id}`);
      const ofListener = await open(t, daemon, `?socketId=${listener.id}&kind=operation&kind=session`);
      const ofBob = await open(t, daemon, '', { token: BOB });
      const client = await one.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const { socketId } = await listener.ok('accept', { timeoutMs: 10_000 });
      const ofAccepted = await open(t, daemon, `?socketId=${socketId}&kind=operation`);
      await daemon.api.ok.post(`/v1/sockets/${socketId}/shutdown`, { how: 'SD_SEND' });
      await two.stream();
      await ofTwo.count(1);
      await ofAccepted.count(1);
      await ofListener.count(2);
      assert.deepEqual(
        ofTwo.seen.map(({ data }) => data.operation),
        ['socket'],
      );
      assert.deepEqual(
        ofListener.seen.map(({ data }) => data.operation),
        ['getSockName', 'accept'],
      );
      assert.deepEqual(
        ofAccepted.seen.map(({ data }) => data.operation),
        ['shutdown'],
      );
      assert.deepEqual(ofBob.seen, []);
      for (const query of ['kind=nothing', 'after=1', `sessionId=${one.id}&sessionId=${two.id}`]) {
        assert.equal(
          (await daemon.api.problem.get(`/v1/events?${query}`)).type,
          '/problems/validation',
          query,
        );
      }
      assert.equal((await daemon.bob.problem.get(`/v1/events?sessionId=${one.id}`)).status, 404);
      assert.equal((await daemon.bob.problem.get(`/v1/events?socketId=${socketId}`)).status, 404);
      assert.equal((await daemon.api.as(undefined).problem.get('/v1/events')).status, 401);
    });
  });
}

const native = PROVIDERS[0] ?? 'lab';

/** A reader in a process of its own: the lines that it prints. */
const readInProcess = (t: TestContext, daemon: TestDaemon, query: string): AsyncIterator<string> => {
  const program = fileURLToPath(new URL('./event-reader.js', import.meta.url));
  const child = spawn(process.execPath, [program, `${daemon.url}/v1/events${query}`, ALICE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
};

test('a reader in another process sees every one of 10,000 operations, in their order', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, native);
  const socket = await session.datagram();
  const lines = readInProcess(t, daemon, `?socketId=${socket.id}&kind=operation`);
  assert.equal((await lines.next()).value, 'open');
  const params = { socketId: socket.id, request: 'FIONBIO', value: 0 };
  // Of so many at a time no reader is cut off, however slow its machine.
  const atATime = 500;
  const calls = { steps: [{ operation: 'ioctl', params, repeat: atATime }] };
  for (let seen = 0; seen < 10_000; seen += atATime) {
    const driving = daemon.api.ok.post('/v1/batch', calls);
    for (let i = 0; i < atATime; i++) {
      const { event, data } = JSON.parse((await lines.next()).value);
      // startup and socket are earlier events.
      assert.deepEqual([event, data.operation, data.sequence], ['operation', 'ioctl', seen + i + 3]);
    }
    assert.equal((await driving).steps[0].runs, atATime);
  }
  await daemon.app.drain();
  assert.equal((await lines.next()).value, 'end');
});

test('a reader that reconnects goes on where it was; dropped events are reported as a gap', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventEntries: 20 } } });
  const session = await startSession(daemon, 'lab');
  const socket = await session.datagram();
  const first = await open(t, daemon);
  await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
  const lastEventId = (await first.count(1))[0]?.id;
  first.close();
  for (let i = 0; i < 5; i++) await socket.ok('ioctl', { request: 'FIONBIO', value: i });
  const second = await open(t, daemon, '', { lastEventId });
  const missed = await second.count(5);
  assert.deepEqual(
    missed.map(({ data }) => data.parameters.value),
    [0, 1, 2, 3, 4],
  );
  await socket.ok('ioctl', { request: 'FIONREAD' });
  assert.equal((await second.count(6))[5]?.data.parameters.request, 'FIONREAD');
  for (let i = 0; i < 30; i++) await socket.ok('ioctl', { request: 'FIONBIO', value: i });
  const third = await open(t, daemon, '', { lastEventId });
  const [gap, ...rest] = await third.count(21);
  // 6 came after that event, then 30, and 20 of them are kept.
  assert.deepEqual([gap?.event, gap?.data], ['gap', { lost: 16 }]);
  assert.deepEqual(
    rest.map(({ data }) => data.parameters.value),
    Array.from({ length: 20 }, (_, i) => i + 10),
  );
  const earlier = await open(t, daemon, '', { lastEventId: '1-7' });
  assert.equal((await earlier.count(1))[0]?.data.earlierRun, true);
  const newest = rest.at(-1)?.id.split('-') ?? [];
  for (const id of ['x', `${newest[0]}-${Number(newest[1]) + 1}`]) {
    const refused = await daemon.api.problem.get('/v1/events', { headers: { 'last-event-id': id } });
    assert.equal(refused.type, '/problems/validation');
  }
});

test('a reader that reconnects to many events gets them as fast as it reads', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventBytes: 65_536, captureBytes: 8 << 20 } } });
  const session = await startSession(daemon, 'lab');
  const socket = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', capture: { maxBytes: 8192 } });
  const first = await open(t, daemon);
  const address = loopback('AF_INET', 9);
  const base64 = Buffer.alloc(8000, 'x').toString('base64');
  await socket.answer('sendTo', { data: { base64 }, address });
  const lastEventId = (await first.count(1))[0]?.id;
  first.close();
  for (let i = 0; i < 60; i++) await socket.ok('sendTo', { data: { base64 }, address });
  const second = await open(t, daemon, '?kind=operation', { lastEventId });
  const sent = (await second.count(60)).filter(({ data }) => data.operation === 'sendTo');
  assert.ok(sent.length >= 60);
});

test('a reader that does not read is cut off; other readers go on', async (t) => {
  const daemon = await startDaemon(t, {
    config: { limits: { eventBytes: 256 * 1024, eventStreamsPerOwner: 2 } },
  });
  const session = await startSession(daemon, 'lab');
  const capture = { maxBytes: 65_536 };
  const socket = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', capture });
  const stalled = await open(t, daemon, '?kind=operation');
  stalled.response.pause();
  const reading = await open(t, daemon, '?kind=operation');
  const base64 = Buffer.alloc(48_000, 'x').toString('base64');
  // Also when the system buffers much for a connection.
  const isCut = (): boolean => daemon.app.daemon.events.overQuota('alice') === undefined;
  let sends = 0;
  while (!isCut()) {
    assert.ok(sends < 4_000, 'is never cut off');
    await socket.ok('sendTo', { data: { base64 }, address: loopback('AF_INET', 9) });
    await reading.count(++sends);
  }
  const closed = new Promise((resolve) => stalled.response.once('close', resolve));
  stalled.response.resume();
  await closed;
  assert.equal(stalled.ended, false, 'cut, not ended');
  assert.ok(stalled.seen.length < sends, `${stalled.seen.length} events came`);
  await socket.ok('close');
  await reading.count(sends + 1);
});

test('a stream without events sends a comment every 15 seconds', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const reader = await open(t, daemon);
  await until(() => reader.comments === 1, 'the first comment');
  for (const comments of [2, 3]) {
    clock.advance(15_000);
    await until(() => reader.comments === comments, `${comments} comments`);
  }
});

test('an open stream on a session keeps its lease; a stream on everything does not', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const held = await startSession(daemon, 'lab', { leaseSeconds: 10 });
  const free = await startSession(daemon, 'lab', { leaseSeconds: 10 });
  const all = await open(t, daemon, '?kind=session');
  const reader = await open(t, daemon, `?sessionId=${held.id}`);
  for (let i = 0; i < 5; i++) clock.advance(9_000);
  const [ended] = await all.count(1);
  assert.deepEqual([ended?.data.sessionId, ended?.data.reason], [free.id, 'lease-expired']);
  await daemon.api.ok.get(held.path);
  reader.close();
  await until(() => {
    clock.advance(1_000);
    return all.seen.length === 2;
  }, 'the end of the session');
  assert.equal(all.seen[1]?.data.sessionId, held.id);
});

test('a stream of a session ends after its last event; a reconnect gets the rest, then 410', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const other = await startSession(daemon, 'lab');
  const socket = await session.stream();
  const ofSession = await open(t, daemon, `?sessionId=${session.id}`);
  const ofSocket = await open(t, daemon, `?socketId=${socket.id}&kind=state`);
  const ofOther = await open(t, daemon, `?sessionId=${other.id}`);
  const all = await open(t, daemon);
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  const [first] = await ofSession.count(1);
  const waiting = daemon.api.problem.post(`${session.path}/select`, { read: [socket.id] });
  await socket.untilBusy();
  await daemon.api.ok.delete(session.path);
  assert.equal((await waiting).name, 'WSA_OPERATION_ABORTED');
  for (const reader of [ofSession, ofSocket]) await until(() => reader.ended, 'the end of the stream');
  assert.deepEqual(ofSession.kinds.filter((kind) => kind === 'session').length, 1);
  const operations = ofSession.seen.map(({ data }) => data.operation).filter(Boolean);
  assert.deepEqual(operations.slice(-2).sort(), ['endSession', 'select']);
  assert.deepEqual(
    ofSocket.seen.map(({ data }) => data.to),
    ['bound', 'closed'],
  );
  await other.stream();
  await ofOther.count(1);
  assert.deepEqual([ofOther.ended, all.ended], [false, false]);
  const again = await open(t, daemon, `?sessionId=${session.id}&kind=session`, { lastEventId: first?.id });
  await until(() => again.ended, 'the end of the rest');
  assert.deepEqual(again.kinds, ['session']);
  const last = ofSession.seen.at(-1)?.id ?? '';
  const gone = await daemon.api.problem.get(`/v1/events?sessionId=${session.id}`, {
    headers: { 'last-event-id': last },
  });
  assert.equal(gone.status, 410);
  const bobs = await daemon.bob.problem.get(`/v1/events?sessionId=${session.id}`, {
    headers: { 'last-event-id': first?.id ?? '' },
  });
  assert.notEqual(bobs.status, 200);
});

test('a stream of a socket ends when the lease of its session expires', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 10 });
  const socket = await session.stream();
  const reader = await open(t, daemon, `?socketId=${socket.id}`);
  clock.advance(10_001);
  await until(() => reader.ended, 'the end of the stream');
  assert.deepEqual(
    reader.seen.map(({ data }) => data.to),
    ['closed'],
  );
});

test('a stream of a closed socket lasts while calls with its id are recorded, then ends', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { journalEntries: 8 } } });
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  const reader = await open(t, daemon, `?socketId=${socket.id}&kind=operation`);
  await socket.ok('close');
  await socket.problem('recv');
  await reader.count(2);
  assert.deepEqual(
    reader.seen.map(({ data }) => data.operation),
    ['close', 'recv'],
  );
  assert.equal(reader.ended, false);
  for (let i = 0; i < 3; i++) {
    const next = await session.stream();
    await next.ok('bind', { address: loopback('AF_INET', 0) });
    await next.ok('close');
  }
  await until(() => reader.ended, 'the end of the stream');
  await socket.problem('recv');
  assert.equal(reader.seen.length, 2);
  assert.equal((await daemon.api.problem.get(`/v1/events?socketId=${socket.id}`)).status, 410);
});

test('a stream that waits behind another answer releases its session when its connection ends', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 10 });
  const waiting = await (await startSession(daemon, 'lab', { leaseSeconds: 3600 })).datagram();
  await waiting.ok('bind', { address: loopback('AF_INET', 0) });
  const all = await open(t, daemon, '?kind=session');
  const head = `Host: 127.0.0.1:${daemon.port}\r\nAuthorization: Bearer ${ALICE}\r\n`;
  const client = net.connect(daemon.port, '127.0.0.1').on('error', () => {});
  client.write(
    `POST /v1/sockets/${waiting.id}/recv HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}` +
      `GET /v1/events?sessionId=${session.id} HTTP/1.1\r\n${head}\r\n`,
  );
  await waiting.untilBusy();
  const held = daemon.app.daemon.sessions.findOfAnyOwner(session.id);
  assert.ok(held);
  await until(() => !held.lease.isRunning, 'the stream holds the lease');
  client.destroy();
  await waiting.untilIdle();
  await until(() => {
    clock.advance(1000);
    return all.seen.length >= 1;
  }, 'the end of the session');
  assert.deepEqual([all.seen[0]?.data.sessionId, all.seen[0]?.data.reason], [session.id, 'lease-expired']);
});

test('many readers all get everything; their number is limited for each owner', async (t) => {
  const eventStreamsPerOwner = 8;
  const daemon = await startDaemon(t, { config: { limits: { eventStreamsPerOwner } } });
  const session = await startSession(daemon, 'lab');
  const socket = await session.datagram();
  const readers: Reader[] = [];
  for (let i = 0; i < eventStreamsPerOwner; i++)
    readers.push(await open(t, daemon, i % 2 ? '?kind=operation' : ''));
  const full = await daemon.api.problem.get('/v1/events');
  assert.deepEqual([full.status, full.type], [429, '/problems/quota']);
  await open(t, daemon, '', { token: BOB });
  const calls = 50;
  for (let i = 0; i < calls; i++) await socket.ok('ioctl', { request: 'FIONBIO', value: i });
  for (const reader of readers) {
    const seen = await reader.count(calls);
    assert.deepEqual(
      seen.map(({ data }) => data.parameters.value),
      Array.from({ length: calls }, (_, i) => i),
    );
  }
  readers[0]?.close();
  await until(() => daemon.app.daemon.events.overQuota('alice') === undefined, 'room for another');
  const another = await open(t, daemon);
  await socket.ok('ioctl', { request: 'FIONBIO', value: 0 });
  await another.count(1);
});

test('a stream ends when the daemon stops, after all end events', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, native);
  const reader = await open(t, daemon, '?kind=session&kind=state');
  await session.stream();
  await daemon.app.drain();
  await until(() => reader.ended, 'the end of the stream');
  assert.deepEqual(reader.kinds, ['state', 'session']);
});
