/** Programs in Python that end, or stop, without a word: what they held at the daemon ends with them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SILENCE_MS } from '../../../src/http/websocket/web-sockets.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { folder } from '../../places.js';
import { pathToPython } from '../../python.js';
import { Program } from '../../remote/program.js';
import { canRun, missing } from '../../remote/requirements.js';
import { ALICE, startDaemon, type TestDaemon } from '../../scenarios/test-daemon.js';
import { CLIENT, userEnv } from './client.js';

const LEASE_SECONDS = 2;

/** How often the daemon asks the client of a WebSocket whether it is there. */
const PING_MS = 20_000;

/** It connects to the port of its argument, and says when it receives a byte. */
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

/** A program that holds a session, in which it is connected to a server of the test. */
interface Held {
  readonly daemon: TestDaemon;
  readonly clock: ManualClock;
  readonly program: Program;
  readonly sessionId: string;
  /** The server's end of the connection. */
  readonly peer: net.Socket;
  /** How it ends: a code such as ECONNRESET, or `end`. */
  readonly peerEnd: Promise<string>;
}

const hold = async (t: TestContext, transport: 'websocket' | 'http'): Promise<Held | undefined> => {
  if (!canRun(t, missing('python3'))) return undefined;
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const { port } = server.address() as net.AddressInfo; // it listens at a port
  const program = new Program(['python3', '-c', CLIENT_PROGRAM, transport, String(port)], {
    env: {
      ...userEnv(folder(t), { PATH: pathToPython() }),
      PYTHONPATH: join(CLIENT, 'src'),
      WINSOCKD_URL: daemon.url,
      WINSOCKD_TOKEN: ALICE,
    },
  });
  t.after(() => program.signal('SIGKILL'));
  const [peer]: net.Socket[] = await accepted;
  assert.ok(peer);
  t.after(() => peer.destroy());
  assert.equal(String((await once(peer, 'data'))[0]), 'here');
  const peerEnd = new Promise<string>((resolve) => {
    peer
      .on('end', () => resolve('end'))
      .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
  });
  const [, sessionId = ''] = await program.line(/holds (\S+)/);
  const info = await daemon.api.ok.get(`/v1/sessions/${sessionId}`);
  assert.equal(info.sockets, 1);
  return { daemon, clock, program, sessionId, peer, peerEnd };
};

/** The ids of the sessions, as another client sees them. */
const sessionsOf = async ({ daemon }: Held): Promise<readonly string[]> =>
  (await daemon.api.ok.get('/v1/sessions')).sessions.map((one: { sessionId: string }) => one.sessionId);

/** Asks again and again: no answer tells when it holds. */
const untilTrue = async (holds: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) assert.ok(performance.now() < deadline, `never came: ${what}`);
};

const untilGone = (held: Held): Promise<void> =>
  untilTrue(async () => !(await sessionsOf(held)).includes(held.sessionId), 'the end of the session');

const untilPending = ({ daemon, sessionId }: Held): Promise<void> =>
  untilTrue(
    async () => (await daemon.api.ok.get(`/v1/sessions/${sessionId}`)).pendingCalls === 1,
    'the next call',
  );

test('a program with a WebSocket that is killed: its session ends at once, which resets', async (t) => {
  const held = await hold(t, 'websocket');
  if (held === undefined) return;
  held.program.signal('SIGKILL');
  assert.equal(await held.peerEnd, 'ECONNRESET');
  await untilGone(held);
});

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

test('a program that is stopped answers no ping: its session ends after the time of silence', async (t) => {
  const held = await hold(t, 'websocket');
  if (held === undefined) return;
  held.program.signal('SIGSTOP');
  await passPings(held, SILENCE_MS / PING_MS);
  held.clock.advance(PING_MS);
  assert.equal(await held.peerEnd, 'ECONNRESET');
  await untilGone(held);
});

test('a program that is stopped for less than that goes on', async (t) => {
  const held = await hold(t, 'websocket');
  if (held === undefined) return;
  for (let times = 1; times <= 2; times++) {
    held.program.signal('SIGSTOP');
    await passPings(held, SILENCE_MS / PING_MS);
    held.program.signal('SIGCONT');
    held.peer.write('x');
    await held.program.line(new RegExp(`(received\\s+){${times}}`));
    // Its next call comes behind its answers to the pings.
    await untilPending(held);
  }
});

/** So many pings of the daemon, each with time for an answer; the session must still be there. */
const passPings = async (held: Held, count: number): Promise<void> => {
  for (let pings = 0; pings < count; pings++) {
    held.clock.advance(PING_MS);
    assert.deepEqual(await sessionsOf(held), [held.sessionId]);
  }
};
