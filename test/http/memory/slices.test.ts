import assert from 'node:assert/strict';
import test from 'node:test';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { Slices } from '../../../src/http/memory/slices.js';

/** Uses up the present slice. */
const spend = (slices: Slices): void => {
  while (slices.isOpen);
};

test('a slice is five milliseconds, and there is one in a turn of the event loop', async () => {
  const slices = new Slices(new Turns({ setImmediate }));
  assert.equal(slices.isOpen, false);
  let turns = 0;
  setImmediate(() => turns++);
  await slices.next('alice');
  const began = performance.now();
  spend(slices);
  assert.ok(performance.now() - began >= 4);
  assert.equal(turns, 0, 'the first slice begins at once');
  await slices.next('alice');
  assert.equal(turns, 1);
});

test('owners take turns, however many batches one has', async () => {
  const slices = new Slices(new Turns({ setImmediate }));
  const order: string[] = [];
  const batch = async (owner: string): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      while (!slices.isOpen) await slices.next(owner);
      order.push(owner);
      spend(slices);
    }
  };
  await Promise.all([batch('alice'), batch('alice'), batch('alice'), batch('bob')]);
  assert.equal(order.length, 12);
  assert.ok(order.lastIndexOf('bob') < 8, order.join(' '));
});
