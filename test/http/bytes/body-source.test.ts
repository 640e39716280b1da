import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isRefusal } from '../../../src/daemon/answers/answer.js';
import { refuse } from '../../../src/daemon/answers/refusals.js';
import { BodySource } from '../../../src/http/bytes/body-source.js';
import { PIECE_BYTES } from '../../../src/operations/pump/pump.js';

/** The body of a request that a client of this test sends, and the bytes that the source has counted. */
const source = async (t: TestContext) => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false });
  client.on('error', () => {});
  client.flushHeaders();
  const [body] = (await once(server, 'request')) as [IncomingMessage];
  const account = {
    counted: 0,
    reserve: () => undefined,
    count(bytes: number) {
      account.counted += bytes;
    },
    release(bytes: number) {
      account.counted -= bytes;
    },
    isShort: false,
  };
  return { client, body, account, source: new BodySource(body, account) };
};

test('pieces in their order, then the end; each is counted until it is settled', async (t) => {
  const { client, account, source: body } = await source(t);
  const sent = Buffer.alloc(PIECE_BYTES * 8, 'abcdefg');
  client.end(sent);
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = await body.read();
    assert.ok(piece.ok);
    if (piece.value.eof) break;
    assert.ok(account.counted >= piece.value.bytes.length);
    // The next piece takes its place.
    pieces.push(Buffer.from(piece.value.bytes));
    piece.value.settle(true);
  }
  assert.ok(Buffer.concat(pieces).equals(sent));
  assert.ok(pieces.length < 32, `${pieces.length} pieces`);
  // Its buffer is there for as long as bytes may come.
  body.stop(refuse('bad-request', 'The end of the test.'));
  assert.equal(account.counted, 0);
});

test('without a reader it reads one piece ahead, and the client has to wait', async (t) => {
  const { client, body, account } = await source(t);
  client.write(Buffer.alloc(PIECE_BYTES * 64));
  await once(body, 'pause');
  // Whatever Node has read of the connection beyond the piece stays in its buffer.
  await new Promise(setImmediate);
  assert.ok(account.counted >= PIECE_BYTES && account.counted < PIECE_BYTES * 2, String(account.counted));
  assert.ok(body.isPaused());
});

test('a connection that ends early is a refusal, and what was read ahead is dropped', async (t) => {
  const { client, account, source: body } = await source(t);
  client.write('some');
  const piece = await body.read();
  assert.equal(piece.ok && piece.value.bytes.toString(), 'some');
  if (piece.ok) piece.value.settle(true);
  const reading = body.read();
  client.destroy();
  const end = await reading;
  assert.ok(isRefusal(end) && end.refusal === 'bad-request');
  assert.equal(account.counted, 0);
});

test('what stops it answers the pending read, and every later one', async (t) => {
  const { client, body, account, source: from } = await source(t);
  const reading = from.read();
  assert.ok(from.isAwaited);
  const idle = refuse('request-timeout', 'idle');
  from.stop(idle);
  assert.equal(await reading, idle);
  assert.equal(await from.read(), idle);
  assert.ok(!from.isAwaited);
  // The rest can be discarded by whoever answers.
  const ended = once(body, 'end');
  body.resume();
  client.end('rest');
  await ended;
  assert.equal(account.counted, 0);
});
