import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createReadStream, readdirSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { finished } from 'node:stream/promises';
import test from 'node:test';
import { AnswersUnderWay } from '../../../src/http/gates/answers-under-way.js';

const MOST = 64;

const openFiles = (): number =>
  process.platform === 'linux' ? readdirSync('/proc/self/fd').length : Number.NaN;

test('pipelined answers end with their connection, and the files piped into them are closed', async (t) => {
  const answers = new AnswersUnderWay();
  const opened: Promise<unknown>[] = [];
  const ended: Promise<unknown>[] = [];
  const begun = new EventEmitter();
  const server = http.createServer((_request, response) => {
    answers.note(response);
    const file = createReadStream(process.execPath);
    opened.push(once(file, 'open'));
    // As Fastify does when it sends a stream.
    ended.push(
      finished(response).catch(() => file.destroy()),
      once(file, 'close'),
    );
    file.pipe(response);
    if (opened.length === MOST) begun.emit('all');
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  await once(client, 'connect');
  const before = openFiles();
  const all = once(begun, 'all');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(MOST));
  await all;
  await Promise.all(opened);
  if (process.platform === 'linux') assert.ok(openFiles() >= before + MOST);
  client.destroy();
  await Promise.all(ended);
  if (process.platform === 'linux') assert.ok(openFiles() <= before);
});

test('a connection has one listener for its end, and each answer is closed once', () => {
  const answers = new AnswersUnderWay();
  const socket = new net.Socket();
  const closed: number[] = [];
  for (let i = 0; i < 20; i++) {
    const request = new http.IncomingMessage(socket);
    const response = new http.ServerResponse(request);
    answers.note(response);
    response.on('close', () => closed.push(i));
  }
  assert.equal(socket.listenerCount('close'), 1);
  socket.emit('close');
  socket.emit('close');
  assert.deepEqual(closed, [...Array(20).keys()]);
});
