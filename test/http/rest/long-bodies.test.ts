import assert from 'node:assert/strict';
import test from 'node:test';
import { answersMuch, takesMuch } from '../../../src/http/rest/long-bodies.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { startDaemon, startSession } from '../../scenarios/test-daemon.js';

test('only calls whose schemas have data or lists of sockets take large bodies', () => {
  const large = OPERATIONS.filter(takesMuch).map(({ name }) => name);
  assert.deepEqual(large.sort(), ['poll', 'select', 'send', 'sendMsg', 'sendTo']);
});

test('send takes megabytes, other calls take 64 KiB, and the 413 has the limit', async (t) => {
  const daemon = await startDaemon(t);
  const [near] = await (await startSession(daemon, 'lab')).pair();
  await near.ok('ioctl', { request: 'FIONBIO', value: 1 });
  const data = { base64: Buffer.alloc(3 << 20).toString('base64') };
  assert.ok((await near.ok('send', { data })).bytesSent > 0);
  const refused = await near.problem('recv', { maxBytes: 1, flags: ['x'.repeat(65_536)] });
  assert.deepEqual([refused.status, refused.limit], [413, 65_536]);
  const withFewValues = await startDaemon(t, { config: { limits: { bodyValues: 1000 } } });
  const { detail } = await withFewValues.api.problem.post('/v1/startup', { faults: Array(1001).fill(0) });
  assert.match(detail, /1000 values/);
});

test('answers that may be long have bytes or a list; calls that release bytes have short answers', () => {
  const long = OPERATIONS.filter(answersMuch).map(({ name }) => name);
  for (const name of ['recv', 'recvFrom', 'listSockets', 'getSocketJournal', 'poll'])
    assert.ok(long.includes(name), name);
  // These calls release bytes, so they must never be refused for want of bytes.
  for (const name of ['close', 'endSession', 'cleanup', 'cancel', 'shutdown', 'sendDisconnect']) {
    assert.ok(!long.includes(name), name);
  }
});
