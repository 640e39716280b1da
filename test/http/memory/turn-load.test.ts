import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TurnLoad } from '../../../src/http/memory/turn-load.js';

const MIB = 1 << 20;

test('what waits for a turn that is not full runs one at a time, and those who ask take turns', async () => {
  const turn = new TurnLoad();
  const ran: string[] = [];
  const each: number[] = [];
  turn.add(2 * MIB);
  assert.equal(turn.isFull, true);
  for (const who of ['a', 'a', 'a', 'b', 'a', 'c']) {
    turn.wait(who, () => {
      ran.push(who);
      turn.add(MIB);
    });
  }
  for (let turns = 0; turns < 1000 && ran.length < 6; turns++) {
    const before = ran.length;
    await nextTurn();
    each.push(ran.length - before);
  }
  assert.deepEqual(ran, ['a', 'b', 'c', 'a', 'a', 'a']);
  assert.ok(each.every((count) => count <= 1));
  assert.ok(each.indexOf(1) >= 16, 'a large answer takes the share of the turns behind it');
});

test('sixteen requests begin in a turn behind others of their connections', async () => {
  const turn = new TurnLoad();
  for (let i = 0; i < 15; i++) turn.beginBehindOthers();
  assert.equal(turn.isFull, false);
  turn.beginBehindOthers();
  assert.equal(turn.isFull, true);
  await nextTurn();
  assert.equal(turn.isFull, false);
});
