/** A daemon that connected to itself would pass on its caller's requests from its own address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6, loopback, startDaemon, startSession } from '../scenarios/test-daemon.js';

test('a socket may not connect to either of the two listeners of localhost', ipv6, async (t) => {
  const r = await startDaemon(t, { config: { host: 'localhost' } });
  const session = await startSession(r, 'posix');
  for (const family of ['AF_INET', 'AF_INET6'] as const) {
    const socket = await session.stream(family);
    const problem = await socket.problem('connect', { address: loopback(family, r.port) });
    assert.equal(problem.type, '/problems/destination-denied', family);
  }
});

const SPELLINGS = ['::1', '0:0:0:0:0:0:0:1', '0::1', '::0:1', '::0.0.0.1', '::ffff:127.0.0.1'];

test('a socket may not connect to the daemon itself in any spelling of its address', ipv6, async (t) => {
  const r = await startDaemon(t, { config: { host: '::1' } });
  const session = await startSession(r, 'posix');
  for (const address of SPELLINGS) {
    const socket = await session.stream('AF_INET6');
    const answer = await socket.answer('connect', {
      address: { family: 'AF_INET6', address, port: r.port },
      timeoutMs: 10_000,
    });
    assert.deepEqual([answer.status, answer.body.type], [403, '/problems/destination-denied'], address);
  }
});
