import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lane } from '../../../src/daemon/calls/lane.js';
import { sharedByCalls, testCall } from './test-call.js';

test('calls take the lane one by one in the order of arrival; an ended call leaves the queue', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 20, size: 'max' }), async (ended) => {
      const lane = new Lane();
      assert.equal(lane.enter(testCall()), 'ready', 'a free lane is taken at once');
      const order: number[] = [];
      const calls = ended.map(() => testCall());
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
      assert.equal(lane.enter(testCall()), 'ready', 'the lane is free again');
    }),
  );
});

test('20,000 calls that wait for the lane end in many event loop turns', async () => {
  const lane = new Lane();
  const shared = sharedByCalls(20_001);
  const first = testCall(shared);
  assert.equal(lane.enter(first), 'ready');
  const calls = Array.from({ length: 20_000 }, () => testCall(shared));
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
  assert.ok(atOnce <= 32, `${atOnce} ended in the event loop turn of the cancel`);
  assert.deepEqual(new Set(await Promise.all(ends)), new Set(['cancel']));
  lane.leave();
  assert.equal(lane.enter(testCall(shared)), 'ready', 'the queue is empty');
});
