import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../../src/daemon/calls/call.js';
import { Lookups } from '../../../src/daemon/calls/lookups.js';
import { type Outcome, ok } from '../../../src/winsock/outcome.js';
import { ManualClock } from '../waiting/manual-clock.js';

test('lookups that are over count no more, however they ended', async () => {
  const clock = new ManualClock();
  const lookups = new Lookups();
  const call = (): Call =>
    new Call({ clock, caller: { gone: false, onGone: () => {} }, owner: 'alice', capMs: 25_000 });
  for (let i = 0; i < 40; i++) {
    const answer = await lookups.run(call(), 'GetAddrInfoW', async () => ok(i));
    assert.deepEqual(answer, ok(i), `after ${i} that are over`);
    await assert.rejects(
      lookups.run(call(), 'GetAddrInfoW', () => Promise.reject(new Error('a bug'))),
      /a bug/,
    );
    const abandoned = call();
    const late = new Promise<Outcome<number>>((resolve) => setImmediate(resolve, ok(i)));
    const answering = lookups.run(abandoned, 'GetAddrInfoW', () => late);
    abandoned.end('gone');
    assert.equal((await answering).ok, false);
    await new Promise(setImmediate);
    assert.equal(lookups.running, 0);
  }
});
