import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ownTurn } from '../../../src/http/export/own-turn.js';

test('of many exports one works in a turn of the event loop, in the order in which they asked', async () => {
  const worked: number[] = [];
  const each: number[] = [];
  for (let i = 0; i < 5; i++) void ownTurn().then(() => worked.push(i));
  for (let turn = 0; turn < 100 && worked.length < 5; turn++) {
    const before = worked.length;
    await nextTurn();
    each.push(worked.length - before);
  }
  assert.deepEqual(worked, [0, 1, 2, 3, 4]);
  assert.ok(each.every((count) => count <= 1));
});
