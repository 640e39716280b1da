/** Listeners: their connections come as events, by an iteration, by accept. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { open } from './rigs.js';

test('a listener gives its connections as events, and as an iteration that a close ends', async (t) => {
  const rig = await open(t);
  const events = await rig.listen({ port: 0 });
  const accepted = once(events, 'connection');
  const client = await rig.connect(events.address());
  const [peer] = await accepted;
  assert.equal(peer.remotePort, client.localPort);
  await events.close();

  const listener = await rig.listen({ port: 0 });
  await Promise.all([1, 2, 3].map(() => rig.connect(listener.address())));
  const ports: unknown[] = [];
  for await (const connection of listener) {
    ports.push(connection.remotePort);
    if (ports.length === 3) void listener.close();
  }
  assert.equal(new Set(ports).size, 3);
});

test('an error of accept is an event error of the listener', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen(
    { port: 0 },
    { faults: [{ operation: 'accept', effect: 'fail', code: 'WSAENOBUFS' }] },
  );
  const failed = once(listener, 'error');
  listener.on('connection', () => undefined);
  const [error] = await failed;
  assert.equal(error.name, 'WSAENOBUFS');
});

test('who listens for one connection takes one; the next ones wait', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  const ports: unknown[] = [];
  const connected: unknown[] = [];
  for (let count = 0; count < 3; count++) {
    const [[peer], client] = await Promise.all([
      once(listener, 'connection'),
      rig.connect(listener.address()),
    ]);
    ports.push(peer.remotePort);
    connected.push(client.localPort);
  }
  connected.push((await rig.connect(listener.address())).localPort);
  ports.push((await listener.accept({ timeoutMs: 5000 })).remotePort);
  assert.deepEqual(ports, connected);
});

test('the end of the rig closes a listener whose connections are events, without an error', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  listener.on('connection', () => undefined);
  await Promise.all([once(listener, 'close'), rig.close()]);
});
