import assert from 'node:assert/strict';
import test from 'node:test';
import { jsonPointer } from '../../../src/http/problems/json-pointer.js';
import { startDaemon, startSession } from '../../scenarios/test-daemon.js';

test('names are escaped, and cut after 100 characters', () => {
  assert.equal(jsonPointer(['a/b', 0, '~']), '/a~1b/0/~0');
  assert.equal(jsonPointer(['x'.repeat(100)]), `/${'x'.repeat(100)}`);
  assert.equal(jsonPointer(['x'.repeat(101), 'y']), `/${'x'.repeat(100)}.../y`);
  assert.equal(
    jsonPointer([`${'x'.repeat(99)}\u{1f600}`]),
    `/${'x'.repeat(99)}...`,
    'no half of a surrogate pair',
  );
});

test('a refusal repeats little of its request', async (t) => {
  const daemon = await startDaemon(t);
  const [near] = await (await startSession(daemon, 'lab')).pair();
  const names = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}${'x'.repeat(150_000)}`, 1]));
  const query = Array.from({ length: 1000 }, (_, i) => `q${i}=1`).join('&');
  for (const refused of [
    await near.problem('send', names),
    await daemon.api.problem.get(`/v1/sockets/${near.id}?${query}`),
    await daemon.api.problem.get(`/v1/events?${query}`),
  ]) {
    assert.equal(refused.type, '/problems/validation');
    assert.ok(refused.errors.length <= 20);
    assert.ok(JSON.stringify(refused).length < 8192);
  }
});
