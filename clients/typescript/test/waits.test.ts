/** The longest wait of the daemon (`limits.waitSeconds`, here a second) does not show: calls wait on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { open, pair } from './rigs.js';

test('what waits longer than the daemon lets one call wait', async (t) => {
  const [{ rig, listener, client, peer }, far] = await Promise.all([pair(t), open(t, { provider: 'lab' })]);
  const pastLimit = rig.about.limits.waitSeconds * 1000 + 200;
  assert.ok(pastLimit < 5000, 'the daemon of these tests has a short limit');
  const [one, two] = [await rig.connectSocket(listener.address()), await listener.accept()];
  const datagrams = await rig.datagram({ port: 0 });
  await far.session.setLabLink({ partition: true });

  const began = performance.now();
  const late = assert.rejects(two.socket.recv({ timeoutMs: pastLimit }), { name: 'WSAETIMEDOUT' });
  const waiting = Promise.all([
    peer.socket.recv(),
    one.socket.recv({ flags: ['MSG_WAITALL'], maxBytes: 4 }),
    listener.accept(),
    datagrams.recvFrom(),
    far.connect({ host: '10.0.0.1', port: 1 }).catch(({ name }) => name),
    client.socket.send(new Uint8Array(20_000_000)), // nobody reads it at first
  ]);
  await two.socket.send('ab');
  await Promise.all([after(pastLimit), late]);
  assert.ok(performance.now() - began >= pastLimit);
  await peer.socket.recv({ timeoutMs: 0 }).catch(() => undefined);

  await far.session.setLabLink({ partition: false });
  await two.socket.send('cd');
  await datagrams.sendTo('late', await datagrams.localAddress());
  await rig.connect(listener.address());
  peer.resume();
  const [bytes, whole, accepted, datagram, refused, sent] = await waiting;
  assert.ok(bytes.length > 0);
  assert.deepEqual([String(whole), String(datagram.data), sent], ['abcd', 'late', 20_000_000]);
  assert.ok(accepted.remotePort);
  assert.equal(refused, 'WSAECONNREFUSED');
});

test('MSG_WAITALL gives what there is when its own time is over, as the daemon does', async (t) => {
  const { client, peer } = await pair(t);
  await peer.socket.send('ab');
  const whole = client.socket.recv({ flags: ['MSG_WAITALL'], maxBytes: 4, timeoutMs: 50 });
  assert.equal(String(await whole), 'ab');
  await assert.rejects(client.socket.recv({ timeoutMs: 0 }), { name: 'WSAETIMEDOUT' });
});

test('a signal that ends a MSG_WAITALL in which a part has come loses nothing', async (t) => {
  const { rig, client, peer } = await pair(t);
  await peer.socket.send('ab');
  const signal = AbortSignal.timeout(rig.about.limits.waitSeconds * 1000 + 200);
  const whole = client.socket.recv({ flags: ['MSG_WAITALL'], maxBytes: 4, signal });
  await assert.rejects(whole, { name: 'TimeoutError' });
  await peer.socket.send('cd');
  const rest = client.socket.recv({ flags: ['MSG_WAITALL'], maxBytes: 4, timeoutMs: 5000 });
  assert.equal(String(await rest), 'abcd');
});
