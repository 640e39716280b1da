import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/daemon/faults/random.js';

test('a seed always gives the same numbers, another seed gives others, and all are 0 <= x < 1', () => {
  const take = (seed: number): number[] => {
    const draw = seededRandom(seed);
    return Array.from({ length: 1000 }, draw);
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  const numbers = take(0);
  assert.ok(numbers.every((x) => x >= 0 && x < 1));
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  assert.ok(mean > 0.45 && mean < 0.55, `mean ${mean}`);
});

test('the numbers of a seed stay the same in later versions, so that transcripts stay valid', () => {
  const draw = seededRandom(42);
  assert.deepEqual(
    [draw(), draw(), draw()].map((x) => x.toFixed(6)),
    ['0.601104', '0.448291', '0.852466'],
  );
});
