import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import {
  DEFAULT_KEEP_ALIVE,
  KEEP_ALIVE_PROBES,
  RETRANSMISSION_LIMIT_MS,
} from '../../../src/providers/lab/keep-alive.js';
import { LabLink } from '../../../src/providers/lab/link.js';
import { CONNECT_LIMIT_MS } from '../../../src/providers/lab/unreachable-networks.js';
import type { Handle } from '../../../src/providers/provider.js';
import { v4 } from '../../addresses.js';
import { bytes, failure, Lab, text, value } from './support.js';

const TWO_HOURS_AND_PROBES = DEFAULT_KEEP_ALIVE.idleMs + KEEP_ALIVE_PROBES * DEFAULT_KEEP_ALIVE.intervalMs;

/** A loss with fixed draws; the operation makes seeded ones. */
const lossOf = (probability: number, draws: readonly number[]) => {
  const left = [...draws];
  return { probability, seed: 0, draw: () => left.shift() ?? 0.99 };
};

/** All datagrams that are queued, as text. */
const datagramsOf = (lab: Lab, receiver: Handle): string[] => {
  const got: string[] = [];
  for (;;) {
    const into = new Uint8Array(9);
    const one = lab.provider.recvFrom(receiver, into, 0);
    if (!one.ok) return got;
    got.push(text(into.subarray(0, one.value.bytes)));
  }
};

test('latency: a connect takes a round trip, bytes and the end take one way, in order', (t) => {
  const lab = new Lab(t);
  lab.network.link.change({ latencyMs: 100 });
  const { listener, at } = lab.listener();
  const client = lab.dial(at);
  lab.clock.advance(199);
  failure(lab.provider.finishConnect(client), 'WSAEWOULDBLOCK');
  lab.clock.advance(1);
  value(lab.provider.finishConnect(client));
  const { handle: server } = value(lab.provider.accept(listener));
  lab.send(client, 'hello');
  value(lab.provider.shutdown(client, 'SD_SEND'));
  assert.equal(value(lab.provider.unsent(client)), 6, 'the bytes and the end');
  lab.clock.advance(99);
  failure(lab.provider.recv(server, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  const { seen } = lab.watch(server, { read: true });
  lab.clock.advance(1);
  assert.deepEqual(seen, [{ read: true }]);
  assert.equal(value(lab.provider.unsent(client)), 0, 'arrived, though not read');
  assert.equal(lab.recv(server), 'hello');
  assert.ok(lab.eof(server));
});

test('a lower latency lets nothing overtake data in transit', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.network.link.change({ latencyMs: 100 });
  lab.send(client, 'first ');
  lab.network.link.change({ latencyMs: 0 });
  lab.send(client, 'second');
  lab.clock.advance(99);
  assert.equal(value(lab.provider.available(server)), 0);
  lab.clock.advance(1);
  assert.equal(lab.recv(server), 'first second');
});

test('bandwidth: bytes are delayed one after another', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.network.link.change({ bytesPerSecond: 1000 });
  lab.send(client, 'x'.repeat(500));
  lab.send(client, 'y'.repeat(500));
  lab.clock.advance(499);
  assert.equal(value(lab.provider.available(server)), 0);
  lab.clock.advance(1);
  assert.equal(lab.recv(server), 'x'.repeat(500));
  lab.clock.advance(500);
  assert.equal(lab.recv(server), 'y'.repeat(500));
});

test('bytes to a closed end, and unread bytes at a close, reset after one latency', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.network.link.change({ latencyMs: 10 });
  lab.send(client, 'never read');
  value(lab.provider.close(server));
  lab.clock.advance(10);
  assert.ok(lab.eof(client), 'the end went out before the bytes came in');
  lab.clock.advance(10);
  failure(lab.provider.recv(client, new Uint8Array(9), 0), 'WSAECONNABORTED');
});

test('loss discards random datagrams, and no bytes of a stream', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  const receiver = lab.socket('lab datagram');
  value(lab.provider.bind(receiver, v4('127.0.0.1', 0)));
  const to = value(lab.provider.getSockName(receiver));
  const sender = lab.socket('lab datagram');
  lab.network.link.change({ loss: lossOf(0.5, [0.1, 0.7, 0.4, 0.5]) });
  for (const one of ['a', 'b', 'c', 'd', 'e']) {
    value(lab.provider.sendTo(sender, Buffer.from(one), 0, to));
    lab.send(client, one);
  }
  assert.deepEqual(datagramsOf(lab, receiver), ['b', 'd', 'e']);
  assert.equal(lab.recv(server), 'abcde');
});

test('a datagram lost by a cut also draws a number: later losses do not depend on cuts', (t) => {
  const lab = new Lab(t);
  const receiver = lab.socket('lab datagram');
  value(lab.provider.bind(receiver, v4('127.0.0.1', 0)));
  const to = value(lab.provider.getSockName(receiver));
  const sender = lab.socket('lab datagram');
  lab.network.link.change({ loss: lossOf(0.5, [0.7, 0.1, 0.1, 0.7]), partition: true });
  for (const one of ['a', 'b']) value(lab.provider.sendTo(sender, Buffer.from(one), 0, to));
  lab.network.link.change({ partition: false });
  for (const one of ['c', 'd']) value(lab.provider.sendTo(sender, Buffer.from(one), 0, to));
  assert.deepEqual(datagramsOf(lab, receiver), ['d']);
});

test('a cut loses datagrams, even those in transit; a stream stalls until it is restored', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  const receiver = lab.socket('lab datagram');
  value(lab.provider.bind(receiver, v4('127.0.0.1', 0)));
  const to = value(lab.provider.getSockName(receiver));
  const sender = lab.socket('lab datagram');
  lab.network.link.change({ latencyMs: 50 });
  value(lab.provider.sendTo(sender, Buffer.from('on its way'), 0, to));
  lab.send(client, 'before ');
  lab.network.link.change({ partition: true });
  value(lab.provider.sendTo(sender, Buffer.from('lost'), 0, to));
  lab.send(client, 'during');
  lab.clock.advance(5_000);
  failure(lab.provider.recv(server, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  lab.network.link.change({ partition: false });
  lab.clock.advance(50);
  assert.equal(lab.recv(server), 'before during');
  failure(lab.provider.recvFrom(receiver, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  lab.clock.advance(TWO_HOURS_AND_PROBES * 2);
  lab.send(server, 'alive');
  lab.clock.advance(50);
  assert.equal(lab.recv(client), 'alive');
});

test('a connect during a cut continues when the link is restored, or ends with WSAETIMEDOUT', (t) => {
  const lab = new Lab(t);
  const { listener, at } = lab.listener();
  lab.network.link.change({ partition: true });
  const [lucky, late] = [lab.dial(at), lab.dial(at)];
  lab.clock.advance(20_000);
  failure(lab.provider.finishConnect(lucky), 'WSAEWOULDBLOCK');
  value(lab.provider.close(lucky));
  lab.clock.advance(1_000);
  failure(lab.provider.finishConnect(late), 'WSAETIMEDOUT');
  const again = lab.dial(at);
  lab.clock.advance(10_000);
  lab.network.link.change({ partition: false });
  lab.clock.settle();
  lab.clock.advance(0);
  value(lab.provider.finishConnect(again));
  value(lab.provider.accept(listener));
  failure(lab.provider.accept(listener), 'WSAEWOULDBLOCK');
  assert.equal(lab.clock.timers, 0);
});

for (const [decision, decide] of [
  ['confirms', (lab: Lab, listener: Handle) => void value(lab.provider.accept(listener, bytes('me')))],
  ['rejects', (lab: Lab, listener: Handle) => void value(lab.provider.offers.reject(listener))],
] as const) {
  test(`a listener that ${decision} a call during a cut: the caller ends with WSAETIMEDOUT`, (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const [late, lucky] = [lab.dial(at, 'lab tp4', bytes('who')), lab.dial(at, 'lab tp4', bytes('who'))];
    lab.clock.advance(CONNECT_LIMIT_MS * 2);
    failure(lab.provider.finishConnect(late), 'WSAEWOULDBLOCK');
    lab.network.link.change({ partition: true });
    decide(lab, listener);
    lab.clock.advance(CONNECT_LIMIT_MS - 1);
    failure(lab.provider.finishConnect(late), 'WSAEWOULDBLOCK');
    lab.clock.advance(1);
    failure(lab.provider.finishConnect(late), 'WSAETIMEDOUT');
    decide(lab, listener);
    lab.network.link.change({ partition: false });
    lab.clock.advance(CONNECT_LIMIT_MS);
    const ended = lab.provider.finishConnect(lucky);
    if (decision === 'confirms') value(ended);
    else failure(ended, 'WSAECONNREFUSED');
    assert.equal(lab.clock.timers, 0);
  });
}

test('unacknowledged data during a cut is WSAECONNABORTED, and resets the peer', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.network.link.change({ partition: true });
  lab.clock.advance(60_000);
  lab.send(client, 'anybody?');
  lab.clock.advance(RETRANSMISSION_LIMIT_MS - 1);
  failure(lab.provider.recv(client, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  lab.clock.advance(1);
  failure(lab.provider.recv(client, new Uint8Array(9), 0), 'WSAECONNABORTED');
  assert.equal(value(lab.provider.getSockOpt(client, 'SO_ERROR')), 0);
  failure(lab.provider.recv(server, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  lab.network.link.change({ partition: false });
  lab.clock.advance(0);
  failure(lab.provider.recv(server, new Uint8Array(9), 0), 'WSAECONNRESET');
});

test('during a cut SO_KEEPALIVE is WSAENETRESET after two hours and ten probes', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.clock.advance(1_800_000);
  lab.network.link.change({ partition: true });
  // The option may be set after the cut; the idle time counts from the last byte.
  value(lab.provider.setSockOpt(client, 'SO_KEEPALIVE', true));
  const { seen } = lab.watch(client, { hangup: true });
  lab.clock.advance(TWO_HOURS_AND_PROBES - 1_800_000 - 1);
  assert.deepEqual(seen, []);
  lab.clock.advance(1);
  assert.deepEqual(seen, [{ hangup: true }]);
  failure(lab.provider.recv(client, new Uint8Array(9), 0), 'WSAENETRESET');
  failure(lab.provider.recv(server, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  assert.equal(lab.clock.timers, 0);
});

test('probes that were answered before the cut count; without a cut nothing ends', (t) => {
  const lab = new Lab(t);
  const { client } = lab.connected();
  value(lab.provider.setSockOpt(client, 'SO_KEEPALIVE', true));
  lab.clock.advance(DEFAULT_KEEP_ALIVE.idleMs * 3 + 1000);
  lab.network.link.change({ partition: true });
  lab.clock.advance(TWO_HOURS_AND_PROBES - 1001);
  failure(lab.provider.recv(client, new Uint8Array(9), 0), 'WSAEWOULDBLOCK');
  lab.clock.advance(1);
  failure(lab.provider.recv(client, new Uint8Array(9), 0), 'WSAENETRESET');
});

test('after a cut nothing arrives earlier than without it', (t) => {
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

test('further sends during a cut do not restart the time limit', (t) => {
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

test('an unreachable datagram is reported after a round trip', (t) => {
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

test('data waiting for a restored link arrives in order over many event loop turns', async (t) => {
  const link = new LabLink(systemClock);
  link.change({ partition: true });
  const arrived: number[] = [];
  for (let i = 0; i < 2000; i++) link.pass(1, () => arrived.push(i));
  link.change({ partition: false });
  const most = { atOnce: 0 };
  for (let last = 0; arrived.length < 2000 && !t.signal.aborted; last = arrived.length) {
    await new Promise(setImmediate);
    most.atOnce = Math.max(most.atOnce, arrived.length - last);
  }
  assert.deepEqual(
    arrived,
    Array.from({ length: 2000 }, (_, i) => i),
  );
  assert.ok(most.atOnce < 1000, `${most.atOnce} at once`);
});
