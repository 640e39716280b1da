/**
 * Network events of a direction that this side has shut down: none is recorded, and a wait for one does not
 * spin.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  atRest,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
} from '../test-daemon.js';

const STOPPED = [
  ['SD_RECEIVE', 'FD_READ'],
  ['SD_SEND', 'FD_WRITE'],
] as const;

/** Nothing is recorded, and a wait does not spin. */
const waitsAtRest = async (daemon: TestDaemon, socket: TestSocket): Promise<void> => {
  assert.deepEqual(await socket.ok('enumNetworkEvents', { timeoutMs: 1 }), { events: [] });
  const waiting = socket.answer('enumNetworkEvents');
  await socket.untilBusy();
  await atRest(daemon);
  await socket.ok('cancel');
  assert.equal((await waiting).body.name, 'WSA_OPERATION_ABORTED');
};

const SKIP_REASON = 'ws2_32 keeps the record itself, and decides what it records after a shutdown';

for (const provider of PROVIDERS) {
  describe(`network events after shutdown on ${provider}`, {
    skip: provider === 'ws2_32' && SKIP_REASON,
  }, () => {
    for (const [how, event] of STOPPED) {
      test(`after ${how} there is no ${event}, selected before or after`, async (t) => {
        const daemon = await startDaemon(t);
        const [client] = await (await startSession(daemon, provider)).pair();
        // FD_WRITE is recorded at once: events from before the shutdown are fetched.
        await client.ok('eventSelect', { events: [event] });
        await client.ok('enumNetworkEvents', { timeoutMs: 1 });
        await client.ok('shutdown', { how });
        await waitsAtRest(daemon, client);
        await client.ok('eventSelect', { events: [] });
        await client.ok('eventSelect', { events: [event] });
        await waitsAtRest(daemon, client);
      });

      test(`${event} that is first selected after ${how} is not recorded`, async (t) => {
        const daemon = await startDaemon(t);
        const [client] = await (await startSession(daemon, provider)).pair();
        await client.ok('shutdown', { how });
        await client.ok('eventSelect', { events: [event] });
        await waitsAtRest(daemon, client);
      });
    }
  });
}
