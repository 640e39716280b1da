import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../src/daemon/waiting/turns.js';

/** Turns on an event loop whose turns the test runs. */
const setup = () => {
  let immediates: (() => void)[] = [];
  const turns = new Turns({ setImmediate: (run) => void immediates.push(run) });
  const turn = (): boolean => {
    const runs = immediates;
    immediates = [];
    for (const run of runs) run();
    return runs.length > 0;
  };
  return { turns, turn };
};

test('a few steps run at once, the others in later event loop turns and in their order', () => {
  const { turns, turn } = setup();
  const made: number[] = [];
  for (let i = 0; i < 100; i++) turns.run('alice', () => made.push(i));
  assert.equal(made.length, 32);
  turn();
  assert.equal(made.length, 64);
  turns.run('alice', () => made.push(100));
  assert.equal(made.length, 64, 'the new step waits behind earlier ones');
  while (turn());
  assert.deepEqual(
    made,
    Array.from({ length: 101 }, (_, i) => i),
  );
  turns.run('alice', () => made.push(101));
  assert.equal(made.at(-1), 101, 'it runs at once again');
  turn();
  assert.equal(turn(), false, 'without steps there are no turns');
});

test('a large step takes as much of a turn as many small ones', () => {
  const { turns, turn } = setup();
  const made: number[] = [];
  for (const [i, size] of [20, 20, 1, 100, 1, 1].entries()) turns.run('alice', () => made.push(i), size);
  assert.deepEqual(made, [0, 1]);
  turn();
  assert.deepEqual(made, [0, 1, 2, 3]);
  turn();
  assert.deepEqual(made, [0, 1, 2, 3, 4, 5]);
  turn();
  assert.equal(turn(), false);
});

test('steps that ran in a later turn count in that turn only', () => {
  const { turns, turn } = setup();
  const made: number[] = [];
  for (const [i, size] of [100, 100].entries()) turns.run('alice', () => made.push(i), size);
  turn();
  assert.deepEqual(made, [0, 1]);
  turn();
  turns.run('alice', () => made.push(2));
  assert.deepEqual(made, [0, 1, 2], 'at once');
});

test('an owner with few steps does not wait for all steps of another owner', () => {
  const { turns, turn } = setup();
  const made: string[] = [];
  for (let i = 0; i < 50; i++) turns.run('alice', () => made.push(`a${i}`), 16);
  for (let i = 0; i < 2; i++) turns.run('bob', () => made.push(`b${i}`), 16);
  assert.deepEqual(made, ['a0', 'a1']);
  turn();
  assert.deepEqual(made.splice(0), ['a0', 'a1', 'a2', 'b0']);
  turn();
  assert.deepEqual(made.splice(0), ['a3', 'b1']);
  while (turn());
  assert.deepEqual(
    made,
    Array.from({ length: 46 }, (_, i) => `a${i + 4}`),
  );
});

test('owners with small and with large steps have equal shares of the turns', () => {
  const { turns, turn } = setup();
  let [large, small] = [0, 0];
  const again = (): void => {
    large++;
    turns.run('alice', again, 32);
  };
  turns.run('alice', again, 32);
  for (let i = 0; i < 160; i++) turns.run('bob', () => small++);
  for (let i = 0; i < 11; i++) turn();
  assert.deepEqual([large, small], [12, 160]);
});

test('steps that a step adds do not all run in its turn', () => {
  const { turns, turn } = setup();
  let made = 0;
  const again = (): void => {
    made++;
    if (made < 1000) turns.run('alice', again);
  };
  turns.run('alice', again);
  assert.equal(made, 32);
  turn();
  assert.equal(made, 64);
});
