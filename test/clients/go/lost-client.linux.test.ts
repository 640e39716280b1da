/** Programs in Go that end, or stop, without a word: what they held at the daemon ends with them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { newFolder, removeFolder } from '../../places.js';
import { canRun } from '../../remote/requirements.js';
import { type Held, hold, MOST_PINGS, PING_MS, passPings, untilGone, untilPending } from '../held-session.js';
import { userEnv } from '../user.js';
import { build, go } from './client.js';

let against: string | undefined = 'before';
const folder = newFolder();
before(async () => {
  const made = await go();
  against = 'against' in made ? made.against : undefined;
  if ('command' in made) await build(made.command, ['./internal/heldsession'], folder);
});
after(() => removeFolder(folder));

const held = async (t: TestContext): Promise<Held | undefined> =>
  canRun(t, against) ? hold(t, { argv: [join(folder, 'heldsession')], env: userEnv(folder) }) : undefined;

test('a program that is killed: its session ends at once, which resets', async (t) => {
  const client = await held(t);
  if (client === undefined) return;
  client.program.signal('SIGKILL');
  assert.equal(await client.peerEnd, 'ECONNRESET');
  await untilGone(client);
});

test('a program that is stopped answers no ping: its session ends after the time of silence', async (t) => {
  const client = await held(t);
  if (client === undefined) return;
  await client.program.pause();
  await passPings(client, MOST_PINGS);
  client.clock.advance(PING_MS);
  assert.equal(await client.peerEnd, 'ECONNRESET');
  await untilGone(client);
});

test('a program that is stopped for less than that goes on', async (t) => {
  const client = await held(t);
  if (client === undefined) return;
  await client.program.pause();
  await passPings(client, MOST_PINGS);
  client.program.signal('SIGCONT');
  client.peer.write('x');
  await client.program.line(/received\s+/);
  // Its next call comes behind its answers to the pings.
  await untilPending(client);
});
