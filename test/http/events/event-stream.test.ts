import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { EventStream, encodeEvent } from '../../../src/http/events/event-stream.js';

/** Counts what waits for a reader, of one stream. */
const counter = () => {
  const held = { bytes: 0, holds: 0 };
  const hold = () => {
    held.holds++;
    return {
      recount: (bytes: number) => {
        held.bytes = bytes;
      },
      release: () => {
        held.holds--;
        held.bytes = 0;
      },
    };
  };
  return { held, hold };
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

test('what waits for a reader stays below the bound, and then it is cut off, once', async (t) => {
  const raw = await stalledAnswer(t);
  const bound = 100_000;
  const cuts: number[] = [];
  const { held, hold } = counter();
  const stream = new EventStream(raw, bound, hold, (bytes) => cuts.push(bytes));
  const closed = once(raw, 'close');
  let [most, counted] = [0, 0];
  for (let i = 0; cuts.length === 0; i++) {
    assert.ok(i < 10_000, 'cut off');
    stream.event(encodeEvent('operation', String(i), { padding: 'x'.repeat(9_000) }));
    await new Promise(setImmediate);
    most = Math.max(most, raw.writableLength);
    counted = Math.max(counted, held.bytes);
    // What waited for whoever is cut off counts until the connection has closed, some turns later on Windows.
    if (held.holds > 0 && cuts.length === 0) assert.equal(held.bytes, raw.writableLength);
  }
  assert.equal(counted, most);
  await closed;
  assert.deepEqual(held, { bytes: 0, holds: 0 });
  assert.ok(most > bound / 2 && most <= bound, `${most} bytes waited`);
  stream.event(encodeEvent('operation', 'late', {}));
  stream.end();
  assert.equal(cuts.length, 1);
  assert.equal(raw.writableLength <= bound, true);
});

test('an event that is larger than the bound does not cut off a reader that waits for nothing', async (t) => {
  const raw = await stalledAnswer(t);
  const cuts: number[] = [];
  const stream = new EventStream(raw, 1000, counter().hold, (bytes) => cuts.push(bytes));
  stream.event(encodeEvent('operation', '1', { padding: 'x'.repeat(5000) }));
  await new Promise(setImmediate);
  assert.deepEqual([cuts, raw.destroyed, raw.headersSent], [[], false, true]);
});

test('one turn may not bring more than the bound either', async (t) => {
  const raw = await stalledAnswer(t);
  const cuts: number[] = [];
  const stream = new EventStream(raw, 10_000, counter().hold, (bytes) => cuts.push(bytes));
  for (let i = 0; i < 100; i++)
    stream.event(encodeEvent('operation', String(i), { padding: 'x'.repeat(200) }));
  assert.equal(cuts.length, 1);
  assert.ok((cuts[0] ?? 0) <= 10_000);
});
