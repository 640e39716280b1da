/** The daemon releases all its descriptors: counted in /proc/self/fd. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { OPERATIONS } from '../../../src/operations/list.js';
import { client } from '../../http/client.js';
import { ALICE, startDaemon, startSession, until } from '../test-daemon.js';

const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('1,000 sockets, half of them after a failed connect, leave no descriptor open', async (t) => {
  const daemon = await startDaemon(t);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  t.after(() => agent.destroy());
  const api = client(daemon.url, ALICE, { operations: OPERATIONS, agent });
  const session = await startSession({ api, app: daemon.app }, 'posix');
  const listener = await session.listener('AF_INET', 64);
  const open = await listener.sockName();
  const { address: refused } = await session.refusingAddress();
  await api.ok.get(session.path);
  const before = descriptors();
  for (let round = 0; round < 100; round++) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const socket = await session.stream();
        if (i % 2 === 0) assert.equal((await socket.problem('connect', { address: refused })).code, 10061);
        else {
          await socket.ok('connect', { address: open });
          const { socketId } = await listener.ok('accept');
          await api.ok.post(`/v1/sockets/${socketId}/close`, {});
        }
        await socket.ok('close');
      }),
    );
  }
  assert.equal(daemon.app.daemon.sockets.size, 2);
  agent.destroy();
  // One connection to the daemon was open before, both its ends in this process.
  await until(() => descriptors() <= before - 2, `${before - 2} descriptors again`);
});

test('the end of a session releases everything, in whatever state its sockets are', async (t) => {
  const daemon = await startDaemon(t);
  const before = descriptors();
  const session = await startSession(daemon, 'posix');
  await session.stream();
  await session.datagram();
  const [a] = await session.pair();
  await a.ok('sendDisconnect');
  await session.connecting();
  const listener = await session.listener();
  const accepting = listener.answer('accept');
  await listener.untilBusy();
  await daemon.api.ok.delete(session.path);
  assert.equal((await accepting).body.name, 'WSA_OPERATION_ABORTED');
  await until(() => descriptors() <= before, `${before} descriptors again`);
});
