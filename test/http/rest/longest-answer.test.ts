import assert from 'node:assert/strict';
import test from 'node:test';
import { longestAnswer } from '../../../src/http/rest/longest-answer.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { startDaemon, startSession } from '../../scenarios/test-daemon.js';

const longest = (name: string, params: Readonly<Record<string, unknown>>): number => {
  const op = OPERATIONS.find((one) => one.name === name);
  assert.ok(op);
  return longestAnswer(op, params);
};

test('no answer of a receive is longer than was reserved for it', async (t) => {
  const daemon = await startDaemon(t);
  const [near, far] = await (await startSession(daemon, 'lab')).pair();
  const length = 10_000;
  for (const params of [
    { maxBytes: length },
    { buffers: [length / 2, length / 2] },
    { maxBytes: length, as: 'text' },
    { buffers: Array(64).fill(1000), as: 'text' },
    {},
  ]) {
    await near.ok('send', { data: { text: '\u0000'.repeat(length) } });
    const { body } = await far.answer('recv', params);
    assert.equal(body.bytesReceived, length);
    assert.ok(JSON.stringify(body).length <= longest('recv', params), JSON.stringify(params));
  }
});

test('what is reserved follows the room of a receive; other calls need little', () => {
  const room = longest('recv', { maxBytes: 3 << 20 });
  assert.ok(room > 4 << 20 && room < 5 << 20, String(room));
  assert.equal(longest('recv', { maxBytes: 1e12 }), longest('recv', { maxBytes: 4 << 20 }));
  assert.equal(longest('recv', { maxBytes: 'many' }), longest('recv', { maxBytes: -5 }));
  assert.ok(longest('close', {}) < longest('startup', {}));
});
