import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { ByteQueue } from '../../../src/providers/lab/byte-queue.js';
import { type Memory, NetworkMemory } from '../../../src/providers/lab/memory.js';
import type { Handle } from '../../../src/providers/provider.js';
import { v4 } from '../../addresses.js';
import { codeOf, Lab, value } from './support.js';

/** A memory with a limit. */
class Bounded implements Memory {
  used = 0;
  readonly #most: number;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  fits(bytes: number): boolean {
    return this.used + bytes <= this.#most;
  }

  count(bytes: number): void {
    this.used += bytes;
  }

  release(bytes: number): void {
    this.used -= bytes;
    assert.ok(this.used >= 0, 'no more is released than was counted');
  }
}

const setup = (t: TestContext, most?: number) => {
  const memory = new Bounded(most);
  const lab = new Lab(t, memory);
  return { memory, lab };
};

describe('memory of the lab', () => {
  it('a byte queue counts its buffer, which is close to the queued bytes, and small when empty', () => {
    const memory = new Bounded();
    const queue = new ByteQueue(memory);
    queue.push(new Uint8Array(10));
    assert.equal(memory.used, 256);
    queue.push(new Uint8Array(1 << 20));
    queue.push(new Uint8Array(1));
    assert.ok(memory.used <= (1 << 20) + 10 + 65_536, String(memory.used));
    queue.take(new Uint8Array(2 << 20));
    assert.equal(memory.used, 0);
    queue.push(new Uint8Array(10));
    queue.clear();
    assert.equal(memory.used, 0);
  });

  it('a send on a stream without memory is WSAENOBUFS, and accepts nothing', (t) => {
    const { memory, lab } = setup(t, 10_000);
    const { client, server } = lab.connected();
    const refused = lab.provider.send(client, new Uint8Array(20_000), 0);
    assert.ok(!refused.ok);
    assert.equal(refused.code, codeOf('WSAENOBUFS'));
    lab.clock.settle();
    assert.equal(value(lab.provider.available(server)), 0);
    assert.equal(value(lab.provider.send(client, new Uint8Array(9000), 0)), 9000);
    assert.equal(memory.used, 9000);
    value(lab.provider.recv(server, new Uint8Array(9000), 0));
    assert.equal(memory.used, 0);
    assert.equal(value(lab.provider.send(client, new Uint8Array(9000), 0)), 9000);
    value(lab.provider.abort(client));
    assert.equal(memory.used, 0);
  });

  it('a datagram without memory is WSAENOBUFS, and lost when memory is full at its arrival', (t) => {
    const { memory, lab } = setup(t, 2000);
    const [from, to] = [lab.socket('lab datagram'), lab.socket('lab datagram')];
    value(lab.provider.bind(to, v4('127.0.0.1', 5000)));
    const send = () => lab.provider.sendTo(from, new Uint8Array(1000), 0, v4('127.0.0.1', 5000));
    value(send());
    const refused = send();
    assert.ok(!refused.ok);
    assert.equal(refused.code, codeOf('WSAENOBUFS'));
    value(lab.provider.recv(to, new Uint8Array(1000), 0));
    assert.equal(memory.used, 0);
    lab.network.link.change({ latencyMs: 10 });
    value(send());
    memory.count(1000);
    lab.clock.advance(20);
    assert.equal(value(lab.provider.available(to)), 0);
    assert.equal(memory.used, 1000);
  });

  it('a listener without memory refuses as one with a full queue', (t) => {
    const { memory, lab } = setup(t, 5000);
    const { listener, at } = lab.listener();
    const [first, second] = [lab.dial(at), lab.dial(at)];
    lab.clock.settle();
    value(lab.provider.finishConnect(first));
    const refused = lab.provider.finishConnect(second);
    assert.ok(!refused.ok);
    assert.equal(refused.code, codeOf('WSAECONNREFUSED'));
    value(lab.provider.close(first));
    assert.ok(memory.used > 0, 'one that has gone waits still');
    value(lab.provider.close(listener));
    assert.equal(memory.used, 0);
  });

  it('after all sockets are closed no memory is counted, for any traffic on any link', (t) => {
    const step = fc.record({
      what: fc.constantFrom(
        'send',
        'recv',
        'datagram',
        'take',
        'dial',
        'accept',
        'close',
        'end',
        'link',
        'time',
      ),
      which: fc.nat(5),
      bytes: fc.nat(30_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { memory, lab } = setup(t);
        const { listener, at } = lab.listener();
        const streams: Handle[] = [];
        const datagrams = [5001, 5002].map((port) => {
          const socket = lab.socket('lab datagram');
          value(lab.provider.bind(socket, v4('127.0.0.1', port)));
          return socket;
        });
        for (const { what, which, bytes } of steps) {
          const stream = streams[which % Math.max(1, streams.length)];
          const datagram = datagrams[which % 2] ?? listener;
          if (what === 'dial') streams.push(lab.dial(at));
          if (what === 'accept') {
            const accepted = lab.provider.accept(listener);
            if (accepted.ok) streams.push(accepted.value.handle);
          }
          if (stream !== undefined) {
            if (what === 'send') lab.provider.send(stream, new Uint8Array(bytes), 0);
            if (what === 'recv') lab.provider.recv(stream, new Uint8Array(bytes), 0);
            if (what === 'end') lab.provider.sendDisconnect(stream, undefined);
            if (what === 'close') {
              lab.provider[which % 2 ? 'close' : 'abort'](stream);
              streams.splice(streams.indexOf(stream), 1);
            }
          }
          if (what === 'datagram')
            lab.provider.sendTo(datagram, new Uint8Array(bytes), 0, v4('127.0.0.1', 5001));
          if (what === 'take') lab.provider.recv(datagram, new Uint8Array(bytes), 0);
          if (what === 'link') lab.network.link.change({ latencyMs: which * 10, partition: which === 5 });
          if (what === 'time') lab.clock.advance(which * 10);
        }
        for (const socket of [...streams, ...datagrams, listener]) lab.provider.close(socket);
        lab.network.link.change({ latencyMs: 0, partition: false });
        lab.clock.advance(100);
        assert.equal(memory.used, 0);
      }),
      {
        examples: [
          // Every byte is read before both ends close.
          [
            [
              { what: 'dial', which: 0, bytes: 0 },
              { what: 'time', which: 0, bytes: 0 },
              { what: 'accept', which: 0, bytes: 0 },
              { what: 'send', which: 0, bytes: 1 },
              { what: 'recv', which: 3, bytes: 1 },
            ],
          ],
        ],
      },
    );
  });

  it('data in transit is released with its network', (t) => {
    const owner = new Bounded();
    const memory = new NetworkMemory(owner);
    const lab = new Lab(t, memory);
    const { client } = lab.connected();
    lab.network.link.change({ partition: true });
    value(lab.provider.send(client, new Uint8Array(1000), 0));
    assert.ok(owner.used >= 1000);
    memory.end();
    value(lab.provider.abort(client));
    assert.equal(owner.used, 0);
  });
});
