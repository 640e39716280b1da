/** Programs in TypeScript that end, or stop, without a word: what they held at the daemon ends with them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { folder } from '../../places.js';
import * as session from '../held-session.js';
import { type Held, MOST_PINGS, PING_MS, passPings, untilGone, untilPending } from '../held-session.js';
import { userEnv } from '../user.js';
import { BUILT, build } from './build.js';

before(() => build());

/** It connects to the port of its last argument, and says when it receives a byte. */
const CLIENT_PROGRAM = `
import { Rig } from ${JSON.stringify(pathToFileURL(join(BUILT, 'dist', 'node', 'index.js')).href)};
const rig = await Rig.open();
const connection = await rig.connect({ port: Number(process.argv.at(-1)) });
connection.write('here');
console.log('holds', rig.session.id);
connection.on('data', (bytes) => bytes.forEach(() => console.log('received')));
`;

const hold = (t: TestContext): Promise<Held> => {
  const argv = [process.execPath, '--input-type=module', '-e', CLIENT_PROGRAM];
  return session.hold(t, { argv, env: userEnv(folder(t)) });
};

test('a program that is killed: its session ends at once, which resets', async (t) => {
  const held = await hold(t);
  held.program.signal('SIGKILL');
  assert.equal(await held.peerEnd, 'ECONNRESET');
  await untilGone(held);
});

test('a program that is stopped answers no ping: its session ends after the time of silence', async (t) => {
  const held = await hold(t);
  await held.program.pause();
  await passPings(held, MOST_PINGS);
  held.clock.advance(PING_MS);
  assert.equal(await held.peerEnd, 'ECONNRESET');
  await untilGone(held);
});

test('a program that is stopped for less than that goes on', async (t) => {
  const held = await hold(t);
  for (let times = 1; times <= 2; times++) {
    await held.program.pause();
    await passPings(held, MOST_PINGS);
    held.program.signal('SIGCONT');
    held.peer.write('x');
    await held.program.line(new RegExp(`(received\\s+){${times}}`));
    // Its next call comes behind its answers to the pings.
    await untilPending(held);
  }
});
