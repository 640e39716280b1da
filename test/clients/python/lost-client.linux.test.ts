/** Programs in Python that end, or stop, without a word: what they held at the daemon ends with them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../../places.js';
import { pathToPython } from '../../python.js';
import { canRun, missing } from '../../remote/requirements.js';
import { type Held, hold as holdWith, sessionsOf, untilGone } from '../held-session.js';
import { lostClientTests } from '../lost-client.js';
import { CLIENT, userEnv } from './client.js';

const LEASE_SECONDS = 2;

/** It connects to the port of its last argument, and says when it receives a byte. */
const CLIENT_PROGRAM = `
import sys, winsockd
rig = winsockd.Rig(transport=sys.argv[1])
session = rig.begin_session(lease_seconds=${LEASE_SECONDS})
connection = session.create_connection(("127.0.0.1", int(sys.argv[2])))
connection.sendall(b"here")
print("holds", session.id, flush=True)
while connection.recv(1):
    print("received", flush=True)
`;

const hold = async (t: TestContext, transport: 'websocket' | 'http'): Promise<Held | undefined> => {
  if (!canRun(t, missing('python3'))) return undefined;
  const env = userEnv(folder(t), { PATH: pathToPython(), PYTHONPATH: join(CLIENT, 'src') });
  return holdWith(t, { argv: ['python3', '-c', CLIENT_PROGRAM, transport], env });
};

lostClientTests((t) => hold(t, 'websocket'));

test('a program without one that is killed: its session ends with its lease, which resets', async (t) => {
  const held = await hold(t, 'http');
  if (held === undefined) return;
  held.program.signal('SIGKILL');
  await held.program.exit();
  assert.deepEqual(await sessionsOf(held), [held.sessionId]);
  held.clock.advance(LEASE_SECONDS * 1000 - 1);
  assert.deepEqual(await sessionsOf(held), [held.sessionId]);
  held.clock.advance(1);
  assert.equal(await held.peerEnd, 'ECONNRESET');
  await untilGone(held);
});
