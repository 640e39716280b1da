/** The first conversation of a person: everything by what the page shows, with a mouse and with a keyboard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDaemon } from '../../scenarios/test-daemon.js';
import { openConsole } from './console-page.js';
import { keyboard, mouse } from './hands.js';
import { converse } from './person.js';

/** Each device with a provider of its own: what a hand does is the same on all. */
const WAYS = [
  { device: 'mouse', hands: mouse, provider: 'posix' },
  { device: 'keyboard', hands: keyboard, provider: 'lab' },
] as const;

for (const { device, hands, provider } of WAYS) {
  test(`a conversation on ${provider}, from startup to the end of the session, by ${device}`, async (t) => {
    const { app, url } = await startDaemon(t);
    const visited = await openConsole(t, url);
    if (visited === undefined) return;
    await converse(visited.page, hands, provider);
    assert.deepEqual([app.daemon.sockets.size, app.daemon.sessions.size], [0, 0]);
    assert.deepEqual(visited.errors, []);
  });
}
