import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { BatchReader } from '../../../src/http/batch/read-batch.js';
import { Instants } from '../../../src/http/gates/not-before.js';
import { Slices } from '../../../src/http/memory/slices.js';
import { OPERATIONS } from '../../../src/operations/list.js';

const instants = new Instants(systemClock, 30_000);

const close = OPERATIONS.find(({ name }) => name === 'close');

test('a document is read in slices: others have their turn between its steps', async () => {
  const slices = new Slices(new Turns({ setImmediate }));
  let turns = 0;
  const countTurn = (): void => {
    turns++;
    if (turns < 10) setImmediate(countTurn);
  };
  setImmediate(countTurn);
  const seen: number[] = [];
  const findSlowly = () => {
    seen.push(turns);
    while (slices.isOpen);
    return close;
  };
  const steps = [1, 2, 3].map(() => ({ operation: 'close', params: { socketId: 'x' } }));
  const read = await new BatchReader(findSlowly, slices, 30, instants).read({ steps }, 'alice');
  assert.equal(read.ok && read.value.steps.length, 3);
  assert.deepEqual(seen, [0, 1, 2]);
});

test('the ids that later steps refer to are known, wherever the reference is', async () => {
  const reader = new BatchReader(() => close, new Slices(new Turns({ setImmediate })), 30, instants);
  const steps = [
    { id: 'a', operation: 'close' },
    { id: 'b', operation: 'close' },
    { operation: 'close', params: { list: [{ deep: { $result: '/a/x~1y/0' } }] } },
  ];
  const read = await reader.read({ steps }, 'alice');
  assert.ok(read.ok);
  assert.deepEqual([...read.value.referredTo], ['a']);
  const [reference] = read.value.steps[2]?.references ?? [];
  assert.deepEqual(reference?.path, ['list', 0, 'deep']);
  assert.deepEqual(reference?.target, { stepId: 'a', place: ['x/y', '0'] });
});
