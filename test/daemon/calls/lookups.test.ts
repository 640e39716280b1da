import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../../src/daemon/calls/call.js';
import { Lookups } from '../../../src/daemon/calls/lookups.js';
import { type Outcome, ok } from '../../../src/winsock/outcome.js';
import { ManualClock } from '../waiting/manual-clock.js';
import { sharedByCalls } from './test-call.js';

/** Lookups that end when the test ends them. */
const setup = () => {
  const clock = new ManualClock();
  const lookups = new Lookups();
  const began: string[] = [];
  const ends = new Map<string, (outcome: Outcome<string> | Error) => void>();
  const begin = (name: string, owner = 'alice') => {
    const caller = { gone: false, onGone: () => {} };
    const call = new Call({ clock, capMs: 25_000, ...sharedByCalls() }, owner, caller);
    const answer = lookups.run(call, 'GetAddrInfoW', () => {
      began.push(name);
      return new Promise<Outcome<string>>((resolve, reject) => {
        ends.set(name, (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
      });
    });
    return { call, answer };
  };
  const end = async (name: string, outcome: Outcome<string> | Error = ok(name)): Promise<void> => {
    ends.get(name)?.(outcome);
    await new Promise(setImmediate);
  };
  return { clock, lookups, began, begin, end };
};

test('two lookups run at once, and owners take turns', async () => {
  const { began, begin, end, lookups } = setup();
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => begin(name));
  const bob = begin('b1', 'bob');
  assert.deepEqual(began, ['a1', 'a2']);
  await end('a1');
  assert.deepEqual(began, ['a1', 'a2', 'a3'], 'alice was in the queue before bob');
  await end('a2');
  assert.deepEqual(began, ['a1', 'a2', 'a3', 'b1'], "then it is bob's turn");
  await end('b1');
  await end('a3');
  await end('a4');
  for (const { answer } of [...all, bob]) assert.ok((await answer).ok);
  assert.equal(lookups.running, 0);
});

test('an owner with too many lookups is refused; other owners are not', async () => {
  const { began, begin, end } = setup();
  for (let i = 0; i < 16; i++) begin(`a${i}`);
  const refused = await begin('one too many').answer;
  assert.ok(!refused.ok && 'refusal' in refused && refused.refusal === 'quota');
  const bob = begin('b', 'bob');
  for (const name of began) await end(name);
  assert.ok((await bob.answer).ok);
});

test('a lookup that was ended in the queue no longer counts, while others still run', async () => {
  const { began, begin, end } = setup();
  const running = [begin('a0'), begin('a1')];
  const impatient = Array.from({ length: 14 }, (_, i) => begin(`impatient ${i}`));
  for (const { call } of impatient) call.end('gone');
  await Promise.all(impatient.map(({ answer }) => answer));
  const places = impatient.map((_, i) => begin(`patient ${i}`));
  const refused = await begin('one too many').answer;
  assert.ok(!refused.ok && 'refusal' in refused && refused.refusal === 'quota', '14 places were free');
  assert.deepEqual(began, ['a0', 'a1'], 'the running lookups have not ended');
  for (const name of began) await end(name);
  for (const { answer } of [...running, ...places]) assert.ok((await answer).ok);
});

test('a limit ends the wait; a running lookup continues, one in the queue is removed', async () => {
  const { clock, began, begin, end, lookups } = setup();
  const limited = begin('limited');
  const other = begin('other');
  const waiting = begin('waiting');
  waiting.call.end('cleanup');
  const aborted = await waiting.answer;
  assert.ok(!aborted.ok && 'code' in aborted && aborted.code === 995);
  clock.advance(25_000);
  const answer = await limited.answer;
  assert.ok(!answer.ok && 'refusal' in answer && answer.refusal === 'wait-limit');
  assert.equal(lookups.running, 2);
  await other.answer;
  await end('limited');
  await end('other');
  assert.deepEqual(began, ['limited', 'other']);
  assert.equal(lookups.running, 0);
});

test('lookups that have ended no longer count, however they ended', async () => {
  const { begin, end, lookups } = setup();
  for (let i = 0; i < 40; i++) {
    const answered = begin('answered');
    await end('answered');
    assert.deepEqual(await answered.answer, ok('answered'), `after ${i} rounds`);
    const rejected = assert.rejects(begin('broken').answer, /a bug/);
    await end('broken', new Error('a bug'));
    await rejected;
    const abandoned = begin('abandoned');
    abandoned.call.end('gone');
    assert.equal((await abandoned.answer).ok, false);
    await end('abandoned');
    assert.equal(lookups.running, 0);
  }
});
