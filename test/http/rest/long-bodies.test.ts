import assert from 'node:assert/strict';
import test from 'node:test';
import { answersMuch, takesMuch } from '../../../src/http/rest/long-bodies.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { startDaemon, startSession } from '../../scenarios/test-daemon.js';

test('large bodies are for calls that send data or name many sockets, as their schemas say', () => {
  const large = OPERATIONS.filter(takesMuch).map(({ name }) => name);
  assert.deepEqual(large.sort(), ['poll', 'select', 'send', 'sendMsg', 'sendTo']);
});

test('a send takes megabytes, another call of the same socket 64 KiB, and the 413 says how much', async (t) => {
  const r = await startDaemon(t);
  const [near] = await (await startSession(r, 'lab')).pair();
  await near.ok('ioctl', { request: 'FIONBIO', value: 1 });
  const data = { base64: Buffer.alloc(3 << 20).toString('base64') };
  assert.ok((await near.ok('send', { data })).bytesSent > 0);
  const refused = await near.problem('recv', { maxBytes: 1, flags: ['x'.repeat(65_536)] });
  assert.deepEqual([refused.status, refused.limit], [413, 65_536]);
  const few = await startDaemon(t, { config: { limits: { bodyValues: 1000 } } });
  assert.match(
    (await few.api.problem.post('/v1/startup', { faults: Array(1001).fill(0) })).detail,
    /1000 values/,
  );
});

test('the answers that can be long have bytes or a list', () => {
  const long = OPERATIONS.filter(answersMuch).map(({ name }) => name);
  for (const name of ['recv', 'recvFrom', 'listSockets', 'getSocketJournal', 'poll'])
    assert.ok(long.includes(name), name);
  // What frees bytes must never wait for them.
  for (const name of ['close', 'endSession', 'cleanup', 'cancel', 'shutdown', 'sendDisconnect']) {
    assert.ok(!long.includes(name), name);
  }
});
