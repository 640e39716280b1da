import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatagramQueue } from '../../../src/providers/lab/datagram-queue.js';
import { v4 } from '../../addresses.js';

const datagram = (length: number) => ({
  from: v4('127.0.0.1', 7000),
  header: { to: v4('127.0.0.1', 8000), hops: 128, trafficClass: 0 },
  data: new Uint8Array(length),
});

describe('datagram queue', () => {
  it('returns datagrams in order and counts their bytes', () => {
    const queue = new DatagramQueue();
    for (const length of [3, 0, 5]) queue.push(datagram(length), 1000);
    assert.equal(queue.bytes, 8);
    assert.equal(queue.peek()?.data.length, 3);
    assert.deepEqual(
      [queue.take(), queue.take(), queue.take()].map((taken) => taken?.data.length),
      [3, 0, 5],
    );
    assert.equal(queue.take(), undefined);
    assert.deepEqual([queue.length, queue.bytes], [0, 0]);
  });

  it('accepts one that exceeds the limit and discards later ones', () => {
    const queue = new DatagramQueue();
    for (const length of [60, 60, 1]) queue.push(datagram(length), 100);
    assert.deepEqual([queue.length, queue.bytes], [2, 120]);
  });

  it('discards the oldest when it is circular', () => {
    const queue = new DatagramQueue();
    queue.circular = true;
    for (const length of [60, 50, 1, 2]) queue.push(datagram(length), 100);
    assert.deepEqual([queue.length, queue.peek()?.data.length, queue.bytes], [2, 1, 3]);
  });

  it('accepts one even with a buffer of zero bytes', () => {
    const queue = new DatagramQueue();
    for (const length of [9, 9]) queue.push(datagram(length), 0);
    assert.equal(queue.length, 1);
  });

  it('also fills with empty datagrams', () => {
    const queue = new DatagramQueue();
    for (let i = 0; i < 1000; i++) queue.push(datagram(0), 320);
    assert.deepEqual([queue.length, queue.bytes], [10, 0]);
  });
});
