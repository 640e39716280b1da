import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RETRANSMISSION_LIMIT_MS } from '../../../src/providers/lab/keep-alive.js';
import { v4 } from '../../addresses.js';
import { bytes, failure, Lab, value } from './support.js';

test('a cut that heals makes nothing arrive earlier than without it', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.network.link.change({ latencyMs: 1000 });
  lab.send(client, 'slow');
  lab.network.link.change({ latencyMs: 0, partition: true });
  lab.clock.advance(10);
  lab.network.link.change({ partition: false });
  lab.clock.advance(989);
  assert.equal(value(lab.provider.available(server)), 0);
  lab.clock.advance(1);
  assert.equal(lab.recv(server), 'slow');
});

test('sending on during a cut does not make the time of the first byte begin anew', (t) => {
  const lab = new Lab(t);
  const { client } = lab.connected();
  lab.network.link.change({ partition: true });
  lab.send(client, 'first');
  lab.clock.advance(RETRANSMISSION_LIMIT_MS - 1);
  lab.send(client, 'second');
  failure(lab.provider.recv(client, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  lab.clock.advance(1);
  failure(lab.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNABORTED');
});

test('that a datagram has found nobody is known after a round trip', (t) => {
  const lab = new Lab(t);
  const socket = lab.socket('lab datagram');
  value(lab.provider.connect(socket, v4('127.0.0.1', 9)));
  lab.network.link.change({ latencyMs: 100 });
  value(lab.provider.send(socket, bytes('nobody'), 0));
  lab.clock.advance(199);
  failure(lab.provider.recv(socket, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  lab.clock.advance(1);
  failure(lab.provider.recv(socket, new Uint8Array(1), 0), 'WSAECONNRESET');
});

test('no socket is bound to a multicast group', (t) => {
  const lab = new Lab(t);
  for (const entry of ['lab tp4', 'lab datagram']) {
    failure(lab.provider.bind(lab.socket(entry), v4('239.255.0.1', 0)), 'WSAEADDRNOTAVAIL');
  }
});
