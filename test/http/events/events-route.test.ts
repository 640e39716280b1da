/** GET /v1/events over an event feed that the test controls. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { type EventFeed, type Follower, NO_EVENTS } from '../../../src/operations/journal/event-feed.js';
import { until } from '../../scenarios/test-daemon.js';
import { build, type FakeAnswer, TOKEN } from '../build.js';

/** A feed that counts the followers, leases and timers of its streams. */
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

test('an event is encoded once for all readers', async (t) => {
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
    await until(() => reader.text.includes('id: 0-2'), 'both events have arrived');
    const states = reader.text.split('\n\n').filter((block) => block.startsWith('event: state\n'));
    assert.deepEqual(states, [
      'event: state\nid: 0-1\ndata: {"sessionId":"ses_1","socketId":"sck_1","to":"bound","from":"fresh"}',
      'event: state\nid: 0-2\ndata: {"sessionId":"ses_1","socketId":"sck_1","to":"bound","from":"fresh"}',
    ]);
  }
  assert.equal(encoded, 2);
});

test('unread events count as bytes of their owner until they are read', async (t) => {
  const bytesPerOwner = 1 << 20;
  const bytes = new ByteAccounts({ bytesPerOwner, bytesTotal: 2 * bytesPerOwner });
  const account = bytes.of('alice');
  const { feed, followers, publish } = countingFeed(4 * bytesPerOwner);
  const { port, api } = await build(t, { events: feed, bytes });
  let number = 0;
  /** Publishes events until the owner's bytes are used up. */
  const fill = async (): Promise<void> => {
    while (account.used <= bytesPerOwner) {
      assert.ok(number < 1000);
      // The long text makes the event large.
      publish(++number, () => 'x'.repeat(100_000) as 'fresh');
      await new Promise(setImmediate);
    }
  };
  const client = net.connect(port, '127.0.0.1').pause();
  t.after(() => client.destroy());
  const head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  client.write(`GET /v1/events ${head}\r\n`);
  await until(() => followers.size === 1, 'the stream is open');
  await fill();
  assert.equal((await api.problem.get('/v1/events')).type, '/problems/quota');
  client.resume();
  await until(() => account.used === 0, 'all events are read');
  client.pause();
  await fill();
  client.destroy();
  await until(() => followers.size === 0, 'the stream has ended');
  await until(() => account.used === 0, 'no bytes are kept for it');
});

const neverAnswers: FakeAnswer = () => new Promise(() => undefined);

/** A connection with a call, and behind it a pipelined request for a stream. */
const callThenStream = (port: number, query: string): net.Socket => {
  const head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  client.write(`POST /v1/sockets/sck_1/close ${head}\r\nGET /v1/events${query} ${head}\r\n`);
  return client;
};

test('a stream pipelined behind a pending call ends with its connection', async (t) => {
  const { feed, followers, held, holdsNothing } = countingFeed();
  const { port } = await build(t, { events: feed, answers: { close: neverAnswers } });
  const client = callThenStream(port, '?sessionId=ses_1');
  await until(() => followers.size === 1, 'the stream is open');
  assert.deepEqual([held.leases, held.timers], [1, 1]);
  client.destroy();
  await until(holdsNothing, 'the stream has released all');
});

test('a stream pipelined behind a pending call releases all once it is cut off', async (t) => {
  const { feed, followers, publish, holdsNothing } = countingFeed(1000);
  const { port } = await build(t, { events: feed, answers: { close: neverAnswers } });
  const client = callThenStream(port, '?sessionId=ses_1');
  t.after(() => client.destroy());
  await until(() => followers.size === 1, 'the stream is open');
  for (let number = 0; number < 100; number++) publish(number, () => 'fresh');
  assert.ok(holdsNothing());
  assert.equal(client.destroyed, false);
});

for (const isBehindPendingCall of [false, true]) {
  const where = isBehindPendingCall ? 'behind a pending call' : 'behind no pending call';
  test(`no stream is opened for a reader that disconnects beforehand: ${where}`, async (t) => {
    const { feed, held } = countingFeed();
    let answerGetSession: () => void = () => {};
    let isAsked = false;
    const getSession: FakeAnswer = () => {
      isAsked = true;
      return new Promise((resolve) => {
        answerGetSession = () => resolve({});
      });
    };
    const close: FakeAnswer = isBehindPendingCall ? neverAnswers : () => ({});
    let isClosed = false;
    const { app, port } = await build(t, { events: feed, answers: { close, getSession } });
    app.server.on('connection', (socket: net.Socket) => {
      socket.on('close', () => {
        isClosed = true;
      });
    });
    const client = callThenStream(port, '?sessionId=ses_1');
    await until(() => isAsked, 'the session is read');
    client.resetAndDestroy();
    await until(() => isClosed, 'the daemon sees the reset');
    answerGetSession();
    await new Promise(setImmediate);
    assert.equal(held.followed, 0);
    assert.deepEqual([held.leases, held.timers], [0, 0]);
  });
}

/** A feed with events 1 to `newest`, of which it keeps the last `kept`. */
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

/** Resumes a stream, and gives its blocks up to the one that contains a text. */
const blocksUpTo = async (url: string, lastEventId: string, lastText: string): Promise<string[]> => {
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
    if (text.includes(lastText)) break;
  }
  end.abort();
  return text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
};

test('a reader resumes after the newest event, but not after an id that was never sent', async (t) => {
  const events = feedKeeping(7, 7);
  const { url } = await build(t, { events });
  assert.deepEqual(await blocksUpTo(url, `${events.run}-7`, 'winsockd events'), []);
  const headers = { authorization: `Bearer ${TOKEN}`, 'last-event-id': `${events.run}-8` };
  const end = new AbortController();
  const refused = await fetch(`${url}/v1/events`, { headers, signal: end.signal });
  end.abort();
  assert.equal(refused.status, 400);
});

test('a gap has the id of the last lost event, so that a reader can resume after it', async (t) => {
  const events = feedKeeping(7, 2);
  const { url } = await build(t, { events });
  const [gap, ...rest] = await blocksUpTo(url, `${events.run}-1`, `id: ${events.run}-7`);
  assert.equal(gap, `event: gap\nid: ${events.run}-5\ndata: {"lost":4}`);
  assert.equal(rest.length, 2);
});
