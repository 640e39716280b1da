import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { EventStream, encodeEvent } from '../../../src/http/events/event-stream.js';

/** Records what one stream counts as unread. */
const unreadCount = () => {
  const counted = { bytes: 0, holds: 0 };
  const hold = () => {
    counted.holds++;
    return {
      recount: (bytes: number) => {
        counted.bytes = bytes;
      },
      release: () => {
        counted.holds--;
        counted.bytes = 0;
      },
    };
  };
  return { counted, hold };
};

/** An answer whose client reads nothing. */
const stalledAnswer = async (t: TestContext): Promise<ServerResponse> => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = net
    .connect(address.port, '127.0.0.1')
    .pause()
    .on('error', () => {});
  t.after(() => {
    client.destroy();
    server.close();
  });
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = await once(server, 'request');
  return response;
};

test('a reader is cut off once, before its unread bytes exceed the limit', async (t) => {
  const raw = await stalledAnswer(t);
  const limit = 100_000;
  const cuts: number[] = [];
  const { counted, hold } = unreadCount();
  const stream = new EventStream(raw, limit, hold, (bytes) => cuts.push(bytes));
  const closed = once(raw, 'close');
  let [mostUnread, mostCounted] = [0, 0];
  for (let i = 0; cuts.length === 0; i++) {
    assert.ok(i < 10_000, 'it is cut off');
    stream.event(encodeEvent('operation', String(i), { padding: 'x'.repeat(9_000) }));
    await new Promise(setImmediate);
    mostUnread = Math.max(mostUnread, raw.writableLength);
    mostCounted = Math.max(mostCounted, counted.bytes);
    // The bytes of a cut-off reader count until its connection has closed, some turns later on Windows.
    if (counted.holds > 0 && cuts.length === 0) assert.equal(counted.bytes, raw.writableLength);
  }
  assert.equal(mostCounted, mostUnread);
  await closed;
  assert.deepEqual(counted, { bytes: 0, holds: 0 });
  assert.ok(mostUnread > limit / 2 && mostUnread <= limit, `${mostUnread} bytes were unread`);
  stream.event(encodeEvent('operation', 'late', {}));
  stream.end();
  assert.equal(cuts.length, 1);
  assert.equal(raw.writableLength <= limit, true);
});

test('an event that is larger than the limit does not cut off a reader without unread bytes', async (t) => {
  const raw = await stalledAnswer(t);
  const cuts: number[] = [];
  const stream = new EventStream(raw, 1000, unreadCount().hold, (bytes) => cuts.push(bytes));
  stream.event(encodeEvent('operation', '1', { padding: 'x'.repeat(5000) }));
  await new Promise(setImmediate);
  assert.deepEqual([cuts, raw.destroyed, raw.headersSent], [[], false, true]);
});

test('the limit also holds for the events of a single turn', async (t) => {
  const raw = await stalledAnswer(t);
  const cuts: number[] = [];
  const stream = new EventStream(raw, 10_000, unreadCount().hold, (bytes) => cuts.push(bytes));
  for (let i = 0; i < 100; i++)
    stream.event(encodeEvent('operation', String(i), { padding: 'x'.repeat(200) }));
  assert.equal(cuts.length, 1);
  const [unread = 0] = cuts;
  assert.ok(unread <= 10_000);
});
