import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test from 'node:test';
import type { WebSocket } from 'ws';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { Slices } from '../../../src/http/memory/slices.js';
import { Inbox } from '../../../src/http/websocket/inbox.js';

/** As much of a WebSocket as an inbox uses. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
    this.emit('resumed');
  }
}

const setUp = (begin: (text: string) => Promise<void>) => {
  const ws = new FakeSocket();
  const state = { isFull: false, bugs: [] as unknown[] };
  const inbox = new Inbox(ws as EventEmitter as WebSocket, {
    owner: 'alice',
    slices: new Slices(new Turns({ setImmediate })),
    isFull: () => state.isFull,
    begin: (data) => begin(data.toString()),
    onBug: (error) => void state.bugs.push(error),
  });
  const receive = (...texts: string[]) => {
    for (const text of texts) inbox.receive(Buffer.from(text));
  };
  return { ws, inbox, state, receive };
};

test('messages begin one after another, in their order; then the connection is read again', async () => {
  const begun: string[] = [];
  const { ws, receive } = setUp(async (text) => {
    begun.push(text);
    await new Promise(setImmediate);
    begun.push(`${text} done`);
  });
  receive('a', 'b', 'c');
  await once(ws, 'resumed');
  assert.deepEqual(begun, ['a', 'a done', 'b', 'b done', 'c', 'c done']);
  assert.equal(ws.isPaused, false);
});

test('nothing begins while there is no room for answers', async () => {
  const begun: string[] = [];
  const { ws, inbox, state, receive } = setUp(async (text) => {
    begun.push(text);
    state.isFull = true;
  });
  receive('a', 'b');
  while (begun.length === 0) await new Promise(setImmediate);
  receive('c');
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate);
  assert.deepEqual(begun, ['a']);
  for (const next of ['b', 'c']) {
    state.isFull = false;
    inbox.goOn();
    while (begun.at(-1) !== next) await new Promise(setImmediate);
  }
  state.isFull = false;
  const resumed = once(ws, 'resumed');
  inbox.goOn();
  await resumed;
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('what has not begun when the WebSocket closes never does; a bug is reported', async () => {
  const begun: string[] = [];
  const { ws, state, receive } = setUp(async (text) => {
    begun.push(text);
    ws.readyState = 3;
    ws.emit('close');
    throw new Error('a bug');
  });
  const resumed = once(ws, 'resumed');
  receive('a', 'b');
  await resumed;
  assert.deepEqual(begun, ['a']);
  assert.equal(state.bugs.length, 1);
});
