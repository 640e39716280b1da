import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostConnection } from '../../../src/daemon/sockets/lost-connection.js';
import { LabProvider } from '../../../src/providers/lab/lab-provider.js';
import { LabNetwork } from '../../../src/providers/lab/network.js';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { failedWith } from '../../../src/winsock/outcome.js';
import { ManualClock } from '../waiting/manual-clock.js';

const lost = lostConnection(new LabProvider(new LabNetwork({ clock: new ManualClock() })));
// No provider has issued this handle, so a call that reached one would fail.
const gone = 77 as Handle;

test('no call reaches the provider: calls answer WSAECONNRESET, and closing does nothing', () => {
  const answers = [
    lost.send(gone, Buffer.from('x'), 0),
    lost.recv(gone, Buffer.alloc(1), 0),
    lost.shutdown(gone, 'SD_SEND'),
    lost.getSockName(gone),
    lost.getSockOpt(gone, 'SO_LINGER'),
  ];
  for (const answer of answers) assert.ok(failedWith(answer, 'WSAECONNRESET'));
  assert.ok(lost.close(gone).ok);
  assert.ok(lost.abort(gone).ok);
  const polled = lost.poll([{ s: gone, events: POLL_EVENTS.POLLIN }]);
  assert.deepEqual(polled.ok && polled.value, [POLL_EVENTS.POLLERR | POLL_EVENTS.POLLHUP]);
});

test('a watch wakes in a later turn, unless it was stopped', async () => {
  const woken: string[] = [];
  const first = lost.watch(gone, { read: true }, () => woken.push('first'));
  const second = lost.watch(gone, { write: true }, () => woken.push('second'));
  assert.ok(first.ok && second.ok);
  first.value.stop();
  assert.deepEqual(woken, []);
  await new Promise(setImmediate);
  assert.deepEqual(woken, ['second']);
});
