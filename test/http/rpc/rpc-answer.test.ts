import assert from 'node:assert/strict';
import test from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { Deferred } from '../../../src/daemon/waiting/deferred.js';
import { answerArray, type RpcAnswer, settleAnswer } from '../../../src/http/rpc/rpc-answer.js';
import type { Delivery } from '../../../src/operations/dispatch/reply.js';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { callReply, collectedFor } from '../collected.js';

/** Requests whose answers the test gives, in any order. */
const setUp = () => {
  const bytes = new ByteAccounts(DEFAULT_LIMITS);
  const client = { isLost: false };
  const collected = collectedFor(bytes, client);
  const settled: [string, Delivery][] = [];
  const begun: string[] = [];
  const calls = new Map<string, Deferred<RpcAnswer>>();
  const answer = (name: string, text?: string): void => {
    const reply = callReply((delivered) => settled.push([name, delivered]));
    calls.get(name)?.settle({ text, reply });
  };
  const begin = (value: unknown): Promise<RpcAnswer> => {
    const call = new Deferred<RpcAnswer>();
    begun.push(String(value));
    calls.set(String(value), call);
    return call.whenSettled();
  };
  const run = (values: readonly string[], pace = async (): Promise<void> => undefined) =>
    answerArray(values, begin, pace, collected);
  return { bytes, client, collected, settled, begun, answer, run };
};

test('calls begin in order, without waiting for each other; the answers have the order of the requests', async () => {
  const { bytes, collected, settled, begun, answer, run } = setUp();
  const { answered } = await run(['a', 'b', 'c']);
  assert.deepEqual([begun, settled], [['a', 'b', 'c'], []]);
  answer('c', '3');
  answer('a', '1');
  answer('b', '2');
  assert.equal(await answered, '[1,2,3]');
  // biome-ignore format: one row a line
  assert.deepEqual(settled.splice(0), [['c', 'collected'], ['a', 'collected'], ['b', 'collected']]);
  assert.equal(bytes.used, 3, 'the texts are counted');
  collected.settle(true);
  // biome-ignore format: one row a line
  assert.deepEqual(settled, [['b', true], ['a', true], ['c', true]]);
  assert.equal(bytes.used, 0);
});

test('a notification has no answer, and what its call took goes back', async () => {
  const { settled, answer, run } = setUp();
  const { answered } = await run(['a', 'b']);
  answer('a');
  answer('b', '2');
  assert.equal(await answered, '[2]');
  // biome-ignore format: one row a line
  assert.deepEqual(settled, [['a', false], ['b', 'collected']]);
});

test('notifications alone have no response', async () => {
  const { answer, run } = setUp();
  const { answered } = await run(['a', 'b']);
  answer('b');
  answer('a');
  assert.equal(await answered, undefined);
});

test('once nothing can be delivered no further call begins, and none is collected', async () => {
  const { client, settled, begun, answer, run } = setUp();
  let paces = 0;
  const { answered } = await run(['a', 'b', 'c', 'd'], async () => {
    client.isLost = ++paces === 3;
  });
  assert.deepEqual([begun, paces], [['a', 'b'], 3]);
  answer('a', '1');
  answer('b', '2');
  await answered;
  // biome-ignore format: one row a line
  assert.deepEqual(settled, [['a', false], ['b', false]]);
});

test('a batch in an array is settled with the array', async () => {
  const { bytes, collected, settled } = setUp();
  const batch = collectedFor(bytes);
  batch.take(callReply((delivered) => settled.push(['step', delivered])));
  const { answered } = await answerArray(
    [1],
    async () => ({ text: '{}', collected: batch }),
    async () => undefined,
    collected,
  );
  assert.equal(await answered, '[{}]');
  batch.settle(true);
  collected.settle(false);
  // biome-ignore format: one row a line
  assert.deepEqual(settled, [['step', 'collected'], ['step', false]]);
});

test('an answer settles its call, or those of its batch, or none', () => {
  const { bytes, collected, settled } = setUp();
  settleAnswer({ text: '{}', reply: callReply((delivered) => settled.push(['call', delivered])) }, true);
  collected.take(callReply((delivered) => settled.push(['step', delivered])));
  settleAnswer({ text: '{}', collected }, false);
  settleAnswer({ text: '{}' }, true);
  // biome-ignore format: one row a line
  assert.deepEqual(settled, [['call', true], ['step', 'collected'], ['step', false]]);
  assert.equal(bytes.used, 0);
});
