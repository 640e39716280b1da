/** The edge of the event stream, over a feed that the test drives. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { type EventFeed, type Follower, NO_EVENTS } from '../../../src/operations/journal/event-feed.js';
import { until } from '../../scenarios/test-daemon.js';
import { build, type FakeAnswer, TOKEN } from '../build.js';

/** A feed that counts what its streams hold. */
const countingFeed = (maxBytes = 1 << 20) => {
  const followers = new Set<Follower>();
  const held = { leases: 0, timers: 0, followed: 0 };
  const feed: EventFeed = {
    ...NO_EVENTS,
    maxBytes,
    follow: (_owner, follower) => {
      followers.add(follower);
      held.followed++;
      return () => void followers.delete(follower);
    },
    holdLease: () => {
      held.leases++;
      return () => void held.leases--;
    },
    every: () => {
      held.timers++;
      return () => void held.timers--;
    },
  };
  const publish = (number: number, from: () => 'fresh'): void => {
    const body = {
      kind: 'state' as const,
      to: 'bound' as const,
      get from() {
        return from();
      },
    };
    const event = { number, sessionId: 'ses_1', socketId: 'sck_1', otherSocketId: undefined, body };
    for (const follower of [...followers]) follower.onEvent(event);
  };
  const holdsNothing = (): boolean => followers.size === 0 && held.leases === 0 && held.timers === 0;
  return { feed, followers, held, publish, holdsNothing };
};

const read = async (t: TestContext, url: string) => {
  const request = http.get(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    agent: false,
  });
  const [response] = await once(request, 'response');
  const reader = { text: '' };
  response.setEncoding('utf8').on('data', (chunk: string) => {
    reader.text += chunk;
  });
  response.on('error', () => {});
  t.after(() => response.destroy());
  return reader;
};

test('an event is encoded once for all its readers', async (t) => {
  const { feed, publish } = countingFeed();
  const { url } = await build(t, { events: feed });
  const readers = [await read(t, url), await read(t, url), await read(t, url)];
  let encoded = 0;
  for (const number of [1, 2]) {
    publish(number, () => {
      encoded++;
      return 'fresh';
    });
  }
  for (const reader of readers) {
    await until(() => reader.text.includes('id: 0-2'), 'both events');
    const states = reader.text.split('\n\n').filter((block) => block.startsWith('event: state\n'));
    assert.deepEqual(states, [
      'event: state\nid: 0-1\ndata: {"sessionId":"ses_1","socketId":"sck_1","to":"bound","from":"fresh"}',
      'event: state\nid: 0-2\ndata: {"sessionId":"ses_1","socketId":"sck_1","to":"bound","from":"fresh"}',
    ]);
  }
  assert.equal(encoded, 2);
});

test('what waits for a reader counts among the bytes of its owner until it is taken', async (t) => {
  const bytesPerOwner = 1 << 20;
  const bytes = new ByteAccounts({ bytesPerOwner, bytesTotal: 2 * bytesPerOwner });
  const account = bytes.of('alice');
  const { feed, followers, publish } = countingFeed(4 * bytesPerOwner);
  const { port, api } = await build(t, { events: feed, bytes });
  let number = 0;
  /** Events until the owner has no more bytes. */
  const fill = async (): Promise<void> => {
    while (account.used <= bytesPerOwner) {
      assert.ok(number < 1000);
      // A text of any length stands for a long event.
      publish(++number, () => 'x'.repeat(100_000) as 'fresh');
      await new Promise(setImmediate);
    }
  };
  const client = net.connect(port, '127.0.0.1').pause();
  t.after(() => client.destroy());
  const head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  client.write(`GET /v1/events ${head}\r\n`);
  await until(() => followers.size === 1, 'the stream');
  await fill();
  assert.equal((await api.problem.get('/v1/events')).type, '/problems/quota');
  client.resume();
  await until(() => account.used === 0, 'all is taken');
  client.pause();
  await fill();
  client.destroy();
  await until(() => followers.size === 0, 'the stream has ended');
  await until(() => account.used === 0, 'nothing is kept of it');
});

const never: FakeAnswer = () => new Promise(() => undefined);

/** A connection with a call that is not answered, and behind it a stream. */
const pipelined = (port: number, query: string): net.Socket => {
  const head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  client.write(`POST /v1/sockets/sck_1/close ${head}\r\nGET /v1/events${query} ${head}\r\n`);
  return client;
};

test('a stream behind an answer that does not come ends with its connection', async (t) => {
  const { feed, followers, held, holdsNothing } = countingFeed();
  const { port } = await build(t, { events: feed, answers: { close: never } });
  const client = pipelined(port, '?sessionId=ses_1');
  await until(() => followers.size === 1, 'the stream');
  assert.deepEqual([held.leases, held.timers], [1, 1]);
  client.destroy();
  await until(holdsNothing, 'nothing is held any more');
});

test('a stream behind an answer that does not come holds nothing once it is cut off', async (t) => {
  const { feed, followers, publish, holdsNothing } = countingFeed(1000);
  const { port } = await build(t, { events: feed, answers: { close: never } });
  const client = pipelined(port, '?sessionId=ses_1');
  t.after(() => client.destroy());
  await until(() => followers.size === 1, 'the stream');
  for (let number = 0; number < 100; number++) publish(number, () => 'fresh');
  assert.ok(holdsNothing());
  assert.equal(client.destroyed, false);
});

for (const behind of [false, true]) {
  const where = behind ? 'behind another answer' : 'alone';
  test(`a reader that goes before its stream is open is never followed for: ${where}`, async (t) => {
    const { feed, held } = countingFeed();
    let known: () => void = () => {};
    let asked = false;
    const getSession: FakeAnswer = () => {
      asked = true;
      return new Promise((resolve) => {
        known = () => resolve({});
      });
    };
    const close: FakeAnswer = behind ? never : () => ({});
    let gone = false;
    const { app, port } = await build(t, { events: feed, answers: { close, getSession } });
    app.server.on('connection', (socket: net.Socket) => {
      socket.on('close', () => {
        gone = true;
      });
    });
    const client = pipelined(port, '?sessionId=ses_1');
    await until(() => asked, 'the session is asked for');
    client.resetAndDestroy();
    await until(() => gone, 'the daemon sees the end');
    known();
    await new Promise(setImmediate);
    assert.equal(held.followed, 0);
    assert.deepEqual([held.leases, held.timers], [0, 0]);
  });
}

/** A feed that keeps the last `kept` of `newest` events. */
const feedKeeping = (newest: number, kept: number): EventFeed => ({
  ...NO_EVENTS,
  maxBytes: 1 << 20,
  newest: () => newest,
  after: (_owner, from) => ({
    lost: Math.max(0, newest - kept - from),
    events: Array.from({ length: Math.min(kept, newest - from) }, (_, i) => ({
      number: newest - Math.min(kept, newest - from) + 1 + i,
      sessionId: 'ses_1',
      socketId: 'sck_1',
      otherSocketId: undefined,
      body: { kind: 'state' as const, from: 'fresh' as const, to: 'bound' as const },
    })),
  }),
});

/** The blocks of a stream up to one that has this text. */
const upTo = async (url: string, lastEventId: string, until: string): Promise<string[]> => {
  const end = new AbortController();
  const response = await fetch(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${TOKEN}`, 'last-event-id': lastEventId },
    signal: end.signal,
  });
  assert.equal(response.status, 200);
  assert.ok(response.body);
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of response.body) {
    text += decoder.decode(part, { stream: true });
    if (text.includes(until)) break;
  }
  end.abort();
  return text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
};

test('who has had the newest event may come back, and one that was never given may not', async (t) => {
  const events = feedKeeping(7, 7);
  const { url } = await build(t, { events });
  assert.deepEqual(await upTo(url, `${events.run}-7`, 'winsockd events'), []);
  const headers = { authorization: `Bearer ${TOKEN}`, 'last-event-id': `${events.run}-8` };
  const end = new AbortController();
  const refused = await fetch(`${url}/v1/events`, { headers, signal: end.signal });
  end.abort();
  assert.equal(refused.status, 400);
});

test('a gap has the id of the last event that is lost: from there a reader goes on', async (t) => {
  const events = feedKeeping(7, 2);
  const { url } = await build(t, { events });
  const [gap, ...rest] = await upTo(url, `${events.run}-1`, `id: ${events.run}-7`);
  assert.equal(gap, `event: gap\nid: ${events.run}-5\ndata: {"lost":4}`);
  assert.equal(rest.length, 2);
});
