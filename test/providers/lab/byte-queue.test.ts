import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { ByteQueue } from '../../../src/providers/lab/byte-queue.js';

it('a byte queue returns its bytes in order, through every wrap and growth', () => {
  const pushes = fc.record({ push: fc.uint8Array({ maxLength: 120, size: 'max' }) });
  const takes = fc.record({ take: fc.nat({ max: 120 }), peek: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.oneof(pushes, takes), { maxLength: 100, size: 'max' }), (steps) => {
      const queue = new ByteQueue();
      let model: number[] = [];
      for (const step of steps) {
        if ('push' in step) {
          queue.push(step.push);
          model.push(...step.push);
        } else {
          const into = new Uint8Array(step.take);
          const count = step.peek ? queue.peek(into) : queue.take(into);
          assert.deepEqual([...into.subarray(0, count)], model.slice(0, step.take));
          if (!step.peek) model = model.slice(count);
        }
        assert.equal(queue.length, model.length);
      }
    }),
  );
});
