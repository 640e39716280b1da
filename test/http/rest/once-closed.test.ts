import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import test from 'node:test';
import { onceClosed } from '../../../src/http/rest/delivery.js';

/** A response that waits behind others for its connection, as far as onceClosed looks at both. */
const waiting = () => {
  const socket = new EventEmitter();
  const raw = Object.assign(new EventEmitter(), { socket: null });
  let runs = 0;
  // Only their events and the response's socket are looked at.
  const request = { socket } as unknown as IncomingMessage;
  onceClosed(request, raw as unknown as ServerResponse, () => runs++);
  return { socket, raw, runs: () => runs };
};

test('a response that has closed leaves no listener on its connection, which lives on', () => {
  const { socket, raw, runs } = waiting();
  raw.emit('close');
  assert.equal(runs(), 1);
  assert.equal(socket.listenerCount('close'), 0);
});

test('a response whose connection has closed before it is told once', () => {
  const { socket, raw, runs } = waiting();
  socket.emit('close');
  raw.emit('close');
  assert.equal(runs(), 1);
});
