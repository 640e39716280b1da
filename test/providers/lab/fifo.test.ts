import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fifo } from '../../../src/providers/lab/fifo.js';

it('items leave in their order, through every removal of empty places', () => {
  const fifo = new Fifo<number>();
  let [pushed, taken] = [0, 0];
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 200; i++) fifo.push(pushed++);
    for (let i = 0; i < 150; i++) assert.equal(fifo.shift(), taken++);
    assert.deepEqual([fifo.length, fifo.first, fifo.last], [pushed - taken, taken, pushed - 1]);
  }
  assert.deepEqual(
    [...fifo],
    Array.from({ length: pushed - taken }, (_, i) => taken + i),
  );
  while (fifo.shift() !== undefined);
  assert.deepEqual([fifo.length, fifo.first, fifo.last, [...fifo]], [0, undefined, undefined, []]);
});
