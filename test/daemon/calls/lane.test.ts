import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Call } from '../../../src/daemon/calls/call.js';
import { Lane } from '../../../src/daemon/calls/lane.js';
import { ManualClock } from '../waiting/manual-clock.js';

const newCall = () =>
  new Call({
    clock: new ManualClock(),
    caller: { gone: false, onGone: () => {} },
    owner: 'alice',
    capMs: 25_000,
  });

test('one at a time, first come, first served; an ended call leaves the queue', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 20, size: 'max' }), async (ended) => {
      const lane = new Lane();
      assert.equal(lane.enter(newCall()), 'ready', 'a free lane is taken at once');
      const order: number[] = [];
      const calls = ended.map(() => newCall());
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
      assert.equal(lane.enter(newCall()), 'ready', 'the lane is free again');
    }),
  );
});
