/** Network events of a direction that this side has stopped: it has none, and who waits for one is at rest. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atRest, begin, type Driven, PROVIDERS, rig } from '../rig.js';

const STOPPED = [
  ['SD_RECEIVE', 'FD_READ'],
  ['SD_SEND', 'FD_WRITE'],
] as const;

/** Nothing is recorded, and a wait costs nothing while nothing comes. */
const waitsAtRest = async (socket: Driven): Promise<void> => {
  assert.deepEqual(await socket.ok('enumNetworkEvents', { timeoutMs: 1 }), { events: [] });
  const waiting = socket.any('enumNetworkEvents');
  await socket.untilBusy();
  await atRest();
  await socket.ok('cancel');
  assert.equal((await waiting).body.name, 'WSA_OPERATION_ABORTED');
};

// ws2_32 keeps the record itself, and what it tells of a direction that was shut down is the system's.
for (const provider of PROVIDERS.filter((name) => name !== 'ws2_32')) {
  describe(`network events after shutdown on ${provider}`, () => {
    for (const [how, event] of STOPPED) {
      test(`after ${how} there is no ${event}, selected before or after`, async (t) => {
        const [client] = await (await begin(await rig(t), provider)).pair();
        // FD_WRITE is so at once: what was recorded before the shutdown is fetched.
        await client.ok('eventSelect', { events: [event] });
        await client.ok('enumNetworkEvents', { timeoutMs: 1 });
        await client.ok('shutdown', { how });
        await waitsAtRest(client);
        await client.ok('eventSelect', { events: [] });
        await client.ok('eventSelect', { events: [event] });
        await waitsAtRest(client);
      });

      test(`${event} that is selected for the first time after ${how} does not come`, async (t) => {
        const [client] = await (await begin(await rig(t), provider)).pair();
        await client.ok('shutdown', { how });
        await client.ok('eventSelect', { events: [event] });
        await waitsAtRest(client);
      });
    }
  });
}
