/** A client program that holds a session at a daemon, seen from all sides. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { SILENCE_MS } from '../../src/http/websocket/web-sockets.js';
import { ManualClock } from '../daemon/waiting/manual-clock.js';
import { Program } from '../remote/program.js';
import { ALICE, type HasAfter, startDaemon, type TestDaemon } from '../scenarios/test-daemon.js';
import type { Env } from './user.js';

/** How often the daemon asks the client of a WebSocket whether it is there. */
export const PING_MS = 20_000;

/** How many of its questions a client may leave unanswered. */
export const MOST_PINGS = SILENCE_MS / PING_MS;

/** How to start the client: its command, and its environment beside the daemon's address and token. */
export interface Client {
  readonly argv: readonly string[];
  readonly env: Env;
}

/** A program that holds a session, in which it is connected to a server of the test. */
export interface Held {
  readonly daemon: TestDaemon;
  readonly clock: ManualClock;
  readonly program: Program;
  readonly sessionId: string;
  /** The server's end of the connection. */
  readonly peer: net.Socket;
  /** How it ends: a code such as ECONNRESET, or `end`. */
  readonly peerEnd: Promise<string>;
}

/**
 * Starts a client and a server. The client begins a session, connects to the port of the last argument, sends
 * `here`, and then prints `holds SESSION_ID`.
 *
 * @param client its command, to which the port is added
 */
export const hold = async (t: HasAfter, client: Client): Promise<Held> => {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const { port } = server.address() as net.AddressInfo; // it listens at a port
  const program = new Program([...client.argv, String(port)], {
    env: { ...client.env, WINSOCKD_URL: daemon.url, WINSOCKD_TOKEN: ALICE },
  });
  t.after(() => program.signal('SIGKILL'));
  const [peer]: net.Socket[] = await Promise.race([accepted, endOf(program)]);
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

const endOf = async (program: Program): Promise<never> =>
  assert.fail(`the client has ended with ${await program.exit()}: ${program.stderr}`);

/** The ids of the sessions, as another client sees them. */
export const sessionsOf = async ({ daemon }: Held): Promise<readonly string[]> =>
  (await daemon.api.ok.get('/v1/sessions')).sessions.map((one: { sessionId: string }) => one.sessionId);

/** Asks again and again: no answer tells when it holds. */
const untilTrue = async (holds: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) assert.ok(performance.now() < deadline, `never came: ${what}`);
};

/** Waits for the end of the client's session. */
export const untilGone = (held: Held): Promise<void> =>
  untilTrue(async () => !(await sessionsOf(held)).includes(held.sessionId), 'the end of the session');

/** Waits until a call of the client waits at the daemon. */
export const untilPending = ({ daemon, sessionId }: Held): Promise<void> =>
  untilTrue(
    async () => (await daemon.api.ok.get(`/v1/sessions/${sessionId}`)).pendingCalls === 1,
    'the next call',
  );

/** So many pings of the daemon, each with time for an answer; the session must still be there. */
export const passPings = async (held: Held, count: number): Promise<void> => {
  for (let pings = 0; pings < count; pings++) {
    held.clock.advance(PING_MS);
    assert.deepEqual(await sessionsOf(held), [held.sessionId]);
  }
};
