import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleLimit } from '../../../src/http/bytes/idle-limit.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';

const watched = () => {
  const clock = new ManualClock();
  const state = { isAwaited: true, moved: 0, ends: 0 };
  const limit = new IdleLimit(
    clock,
    60_000,
    { isAwaited: () => state.isAwaited, moved: () => state.moved },
    () => {
      state.ends++;
    },
  );
  return { clock, state, limit };
};

test('what moves no byte ends after the time, at most a quarter later, and once', async () => {
  const { clock, state } = watched();
  await clock.advance(59_999);
  assert.equal(state.ends, 0);
  await clock.advance(15_001);
  assert.equal(state.ends, 1);
  await clock.advance(600_000);
  assert.equal(state.ends, 1);
});

test('every byte begins the time anew, and so does a time in which nothing is awaited', async () => {
  const { clock, state } = watched();
  for (let i = 0; i < 10; i++) {
    await clock.advance(45_000);
    if (i % 2 === 0) state.moved++;
    else {
      state.isAwaited = false;
      await clock.advance(600_000);
      state.isAwaited = true;
    }
  }
  assert.equal(state.ends, 0);
  await clock.advance(75_000);
  assert.equal(state.ends, 1);
});

test('a limit that was stopped ends nothing', async () => {
  const { clock, state, limit } = watched();
  limit.stop();
  await clock.advance(600_000);
  assert.equal(state.ends, 0);
});
