import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { ClientMessages } from '../../../src/http/stream/client-messages.js';
import { PIECE_BYTES } from '../../../src/operations/pump/pump.js';

const setUp = () => {
  let counted = 0;
  const ws = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    isPaused: false,
    pause: () => {
      ws.isPaused = true;
    },
    resume: () => {
      ws.isPaused = false;
    },
  });
  const account = {
    count: (bytes: number) => {
      counted += bytes;
    },
    release: (bytes: number) => {
      counted -= bytes;
    },
  };
  // Only these members are used.
  const messages = new ClientMessages(ws as unknown as WebSocket, account);
  const come = (data: string | Buffer, isBinary = true) => ws.emit('message', Buffer.from(data), isBinary);
  /** The next piece, taken; undefined at an end. */
  const take = async (): Promise<string | undefined> => {
    const answer = await messages.read();
    assert.ok(answer.ok);
    const { bytes, eof, settle } = answer.value;
    settle(true);
    return eof ? undefined : bytes.toString();
  };
  return { ws, messages, come, take, counted: () => counted };
};

test('messages that came together are one piece; meanwhile no more are read', async () => {
  const { ws, come, take, counted } = setUp();
  const piece = take();
  assert.equal(ws.isPaused, false);
  for (const text of ['a', '', 'bc', 'd']) come(text);
  assert.ok(ws.isPaused);
  assert.equal(counted(), 4);
  assert.equal(await piece, 'abcd');
  assert.equal(counted(), 0);
  const next = take();
  await Promise.resolve();
  assert.equal(ws.isPaused, false);
  come('e');
  assert.equal(await next, 'e');
});

test('a long message comes in pieces, and behind it the next one', async () => {
  const { come, take, counted } = setUp();
  const long = 'x'.repeat(2 * PIECE_BYTES + 10);
  come(long);
  come('y');
  assert.deepEqual(
    [(await take())?.length, (await take())?.length, await take()],
    [PIECE_BYTES, PIECE_BYTES, `${'x'.repeat(10)}y`],
  );
  assert.equal(counted(), 0);
});

test('it ends before each text, and goes on behind it', async () => {
  const { messages, come, take, counted } = setUp();
  come('a');
  come('first', false);
  come('second', false);
  come('b');
  assert.equal(await take(), 'a');
  assert.equal(await take(), undefined);
  assert.equal(messages.takeText(), 'first');
  assert.equal(await take(), undefined);
  assert.equal(messages.takeText(), 'second');
  assert.equal(await take(), 'b');
  assert.equal(counted(), 0);
});

test('empty messages alone are no piece', async () => {
  const { come, take } = setUp();
  const piece = take();
  come('');
  await new Promise(setImmediate);
  come('a');
  assert.equal(await piece, 'a');
});

test('at the end what has come is still taken, unless it is dropped', async () => {
  const { messages, come, take } = setUp();
  come('a');
  messages.end();
  come('late');
  assert.equal(await take(), 'a');
  assert.equal(await take(), undefined);
  assert.equal(messages.takeText(), undefined);
  const dropped = setUp();
  dropped.come('a');
  dropped.come('text', false);
  dropped.messages.drop();
  assert.equal(await dropped.take(), undefined);
  assert.equal(dropped.messages.takeText(), undefined);
  assert.equal(dropped.counted(), 0);
  assert.equal(dropped.ws.isPaused, false);
});

test('an end wakes a read that waits', async () => {
  const { messages, take } = setUp();
  const piece = take();
  messages.end();
  assert.equal(await piece, undefined);
});
