import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lane } from '../../../src/daemon/calls/lane.js';
import { quietCall, together } from './quiet-call.js';

test('one at a time, first come, first served; an ended call leaves the queue', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 20, size: 'max' }), async (ended) => {
      const lane = new Lane();
      assert.equal(lane.enter(quietCall()), 'ready', 'a free lane is taken at once');
      const order: number[] = [];
      const calls = ended.map(() => quietCall());
      const turns = calls.map(async (call, i) => {
        const turn = await lane.enter(call);
        if (turn === 'ready') {
          order.push(i);
          lane.leave();
        }
        return turn;
      });
      ended.forEach((gone, i) => {
        if (gone) calls[i]?.end('cancel');
      });
      lane.leave();
      const wakes = await Promise.all(turns);
      assert.deepEqual(
        wakes,
        ended.map((gone) => (gone ? 'cancel' : 'ready')),
      );
      assert.deepEqual(
        order,
        ended.flatMap((gone, i) => (gone ? [] : [i])),
      );
      assert.equal(lane.enter(quietCall()), 'ready', 'the lane is free again');
    }),
  );
});

test('20,000 calls that wait for a turn end one after the other, in many turns of the event loop', async () => {
  const lane = new Lane();
  const shared = together(20_001);
  const first = quietCall(shared);
  assert.equal(lane.enter(first), 'ready');
  const calls = Array.from({ length: 20_000 }, () => quietCall(shared));
  let woken = 0;
  const ends = calls.map(async (call) => {
    const wake = await lane.enter(call);
    woken++;
    return wake;
  });
  const began = performance.now();
  for (const call of calls) call.end('cancel');
  const atOnce = await new Promise<number>((resolve) => queueMicrotask(() => resolve(woken)));
  assert.ok(performance.now() - began < 1000, 'ending them is linear');
  assert.ok(atOnce <= 32, `${atOnce} in the turn of the cancel`);
  assert.deepEqual(new Set(await Promise.all(ends)), new Set(['cancel']));
  lane.leave();
  assert.equal(lane.enter(quietCall(shared)), 'ready', 'nobody is left in the queue');
});
