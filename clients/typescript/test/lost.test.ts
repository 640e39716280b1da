/** A daemon that is lost: every wait ends, with an error of its own kind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { RigLostError } from 'winsockd-client';
import { open, way } from './rigs.js';

test('when the connection breaks, all that waits ends with RigLostError, and so do later calls', async (t) => {
  const { url, cut } = await way(t);
  const rig = await open(t, { url });
  const listener = await rig.listen({ port: 0 });
  const events = await rig.subscribe();
  const [client, peer] = await Promise.all([rig.connect(listener.address()), listener.accept()]);
  const ends = [
    assert.rejects(listener.accept(), RigLostError),
    assert.rejects(peer.socket.recv(), RigLostError),
    assert.rejects(rig.call('select', { sessionId: rig.session.id, read: [client.socket.id] }), RigLostError),
    once(client.resume(), 'error').then(([error]) => assert.ok(error instanceof RigLostError)),
    assert.rejects(async () => {
      for await (const _ of events);
    }, RigLostError),
  ];
  cut();
  await Promise.all(ends);
  assert.equal(rig.isClosed, true);
  await assert.rejects(rig.call('listSessions'), RigLostError);
  await peer.socket.closeIfOpen();
});

test('a daemon that does not answer counts as lost after its longest wait and 30 seconds', async (t) => {
  const { url, stall, cut } = await way(t);
  const rig = await open(t, { url });
  stall();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const call = assert.rejects(rig.call('listSessions'), RigLostError);
  t.mock.timers.tick(rig.about.limits.waitSeconds * 1000 + 29_999);
  assert.equal(rig.isClosed, false);
  t.mock.timers.tick(1);
  await call;
  assert.equal(rig.isClosed, true);
  t.mock.timers.reset();
  await rig.close(); // at once: nobody waits for the daemon's end of the WebSocket
  cut();
});

test('one that does not answer a cancel counts as lost after 10 seconds', async (t) => {
  const { url, stall, cut } = await way(t);
  const rig = await open(t, { url });
  const listener = await rig.listen({ port: 0 });
  const stop = new AbortController();
  stall();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const call = assert.rejects(listener.accept({ signal: stop.signal }), (error) => error === 'given up');
  stop.abort('given up');
  await Promise.resolve();
  t.mock.timers.tick(10_000);
  await call;
  assert.equal(rig.isClosed, true);
  t.mock.timers.reset();
  cut();
});
