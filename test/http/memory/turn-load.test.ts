import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TurnLoad } from '../../../src/http/memory/turn-load.js';

const MIB = 1 << 20;

test('waiting functions run one per turn that is not full, and clients alternate', async () => {
  const turn = new TurnLoad();
  const ran: string[] = [];
  const ranPerTurn: number[] = [];
  turn.add(2 * MIB);
  assert.equal(turn.isFull, true);
  for (const client of ['a', 'a', 'a', 'b', 'a', 'c']) {
    turn.wait(client, () => {
      ran.push(client);
      turn.add(MIB);
    });
  }
  for (let turns = 0; turns < 1000 && ran.length < 6; turns++) {
    const before = ran.length;
    await nextTurn();
    ranPerTurn.push(ran.length - before);
  }
  assert.deepEqual(ran, ['a', 'b', 'c', 'a', 'a', 'a']);
  assert.ok(ranPerTurn.every((count) => count <= 1));
  assert.ok(ranPerTurn.indexOf(1) >= 16, 'after a large answer several turns run no function');
});

test('sixteen pipelined requests make a turn full', async () => {
  const turn = new TurnLoad();
  for (let i = 0; i < 15; i++) turn.addPipelined();
  assert.equal(turn.isFull, false);
  turn.addPipelined();
  assert.equal(turn.isFull, true);
  await nextTurn();
  assert.equal(turn.isFull, false);
});
