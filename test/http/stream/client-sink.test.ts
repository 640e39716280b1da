import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import type { HeldAnswer } from '../../../src/http/memory/kept-bytes.js';
import { ClientSink } from '../../../src/http/stream/client-sink.js';

const setUp = () => {
  const sent: string[] = [];
  const written: (() => void)[] = [];
  let watched = 0;
  const socket = Object.assign(new EventEmitter(), {
    writable: true,
    writableLength: 0,
    writableHighWaterMark: 10,
  });
  const ws = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    send: (data: Buffer | string, _options: object, isWritten?: () => void) => {
      sent.push(String(data));
      if (isWritten) written.push(isWritten);
      socket.writableLength += data.length;
    },
  });
  const hold = () => {
    watched++;
    return { release: () => watched-- };
  };
  const sink = new ClientSink(
    // Only these members are used.
    ws as unknown as WebSocket,
    socket as unknown as Socket,
    hold as unknown as () => HeldAnswer,
  );
  const drain = (): void => {
    socket.writableLength = 0;
    socket.emit('drain');
    for (const isWritten of written.splice(0)) isWritten();
  };
  return { sink, sent, ws, drain, watched: () => watched };
};

test('the next piece waits until the system has taken this one, and its client is watched', async () => {
  const { sink, sent, drain, watched } = setUp();
  const taken = sink.write(Buffer.from('0123456789'));
  assert.deepEqual(sent, ['0123456789']);
  assert.ok(taken instanceof Promise);
  assert.equal(watched(), 1);
  drain();
  assert.equal((await taken).ok, true);
  assert.equal(watched(), 0);
});

test('what was handed over counts as taken when the WebSocket closes; nothing is afterwards', async () => {
  const { sink, sent, ws, drain, watched } = setUp();
  const taken = sink.write(Buffer.from('0123456789'));
  ws.readyState = 3;
  drain();
  assert.equal((await taken).ok, true);
  assert.equal(watched(), 0);
  const late = await sink.write(Buffer.from('x'));
  assert.equal(late.ok, false);
  sink.tell({ type: 'end' });
  assert.deepEqual(sent, ['0123456789']);
});

test('a client that reads slowly is told the last number only', () => {
  const { sink, sent, drain } = setUp();
  void sink.write(Buffer.from('0123456789'));
  for (const bytes of [1, 2, 3]) sink.tellSent(bytes);
  assert.equal(sent.length, 1);
  drain();
  assert.deepEqual(sent.slice(1), ['{"type":"sent","bytes":3}']);
  drain();
  sink.tellSent(4);
  assert.deepEqual(sent.slice(2), ['{"type":"sent","bytes":4}']);
});
