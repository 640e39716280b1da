/** The cost of select and poll grows with the sockets of the call, not with all open sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { Reactor } from '../../../src/providers/posix/reactor.js';
import { startDaemon, startSession } from '../test-daemon.js';

test('of 300 open sockets only the two that the call names are polled', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  for (let i = 0; i < 300; i++) await session.datagram();
  const [one, other] = [await session.datagram(), await session.datagram()];
  const poll = t.mock.method(PosixProvider.prototype, 'poll');
  const watch = t.mock.method(Reactor.prototype, 'watch');
  const named = [one.id, other.id];
  await daemon.api.ok.post(`${session.path}/select`, { write: named, timeoutMs: 1_000 });
  await daemon.api.ok.post(`${session.path}/select`, { read: named, timeoutMs: 20 });
  const sockets = named.map((socketId) => ({ socketId, events: ['POLLOUT'] }));
  await daemon.api.ok.post(`${session.path}/poll`, { sockets, timeoutMs: 1_000 });
  assert.ok(poll.mock.callCount() > 0);
  for (const { arguments: asked } of poll.mock.calls) assert.ok((asked[0]?.length ?? 0) <= named.length);
  assert.ok(watch.mock.callCount() <= 2 * named.length, `${watch.mock.callCount()} watches`);
});
