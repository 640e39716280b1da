/**
 * In a network namespace of its own: the answers of calls that need a port when none is left. Prints a line
 * of JSON for each, then ends.
 */
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { OPERATIONS } from '../../../src/operations/list.js';
import { client } from '../../http/client.js';
import { ALICE, startDaemon, startSession, type TestSession, type TestSocket } from '../test-daemon.js';
import type { NoPortAnswer } from './no-port-answer.js';

const PORTS = { first: 40_000, last: 40_003 } as const;
/** The time limit of the calls. */
const LIMIT_MS = 5_000;
const ANY_PORT = { family: 'AF_INET', address: '127.0.0.1', port: 0 } as const;

const ends: (() => unknown)[] = [];

/**
 * The bind policy decides who binds for sendTo: the daemon, to loopback, or the system, to the wildcard
 * address.
 */
const daemon = async (policy: string, allow: readonly string[]) => {
  const { app, url } = await startDaemon(
    { after: (end) => ends.push(end) },
    { config: { policy: { bind: { allow } } } },
  );
  // One connection, made before the ports are taken.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  ends.unshift(() => agent.destroy());
  const session = await startSession(
    { app, api: client(url, ALICE, { operations: OPERATIONS, agent }) },
    'posix',
  );
  const listeners = [await session.listener('AF_INET'), await session.listener('AF_INET6')] as const;
  const [open, open6] = await Promise.all(listeners.map((listener) => listener.sockName()));
  return { policy, session, open, open6 };
};

const asked = async (policy: string, what: string, socket: TestSocket, call: string, params: object) => {
  const [began, used] = [performance.now(), process.cpuUsage()];
  const { status, body } = await socket.answer(call, params);
  const { user, system } = process.cpuUsage(used);
  const answer: NoPortAnswer = {
    policy,
    what,
    answer: status < 300 ? 'done' : body.name,
    ms: performance.now() - began,
    cpuShare: (user + system) / 1_000 / LIMIT_MS,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};

/** All calls that need a port, and recvFrom, which takes none. */
const askAll = async ({ policy, session, open, open6 }: Awaited<ReturnType<typeof daemon>>, when: string) => {
  const ask = async (what: string, socket: Promise<TestSocket>, call: string, params: object) => {
    const s = await socket;
    await asked(policy, `${what} ${when}`, s, call, { ...params, timeoutMs: LIMIT_MS });
    await s.ok('close');
  };
  await asked(policy, `bind of a stream ${when}`, await held(session.stream()), 'bind', {
    address: ANY_PORT,
  });
  await asked(policy, `bind of datagrams ${when}`, await held(session.datagram()), 'bind', {
    address: ANY_PORT,
  });
  await ask('connect', session.stream(), 'connect', { address: open });
  await ask('connect over IPv6', session.stream('AF_INET6'), 'connect', { address: open6 });
  await ask('connect of datagrams', session.datagram(), 'connect', { address: open });
  await ask('sendTo', session.datagram(), 'sendTo', { address: open, data: { text: 'x' } });
  await ask('sendMsg', session.datagram(), 'sendMsg', { address: open, data: { text: 'x' } });
  await ask('recvFrom', session.datagram(), 'recvFrom', {});
};

const taken: TestSocket[] = [];
const held = async (socket: Promise<TestSocket>): Promise<TestSocket> => {
  const s = await socket;
  taken.push(s);
  return s;
};

/** The ports that the system chooses from, in this namespace. */
const choose = (first: number, last: number) =>
  writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', `${first} ${last}`);

choose(50_000, 59_999); // for the daemons and what they hold: none of PORTS
const daemons = [
  await daemon('loopback', ['127.0.0.0/8', '::1/128']),
  await daemon('every address', ['0.0.0.0/0', '::/0']),
];
choose(PORTS.first, PORTS.last);
const takeAll = async (session: TestSession): Promise<void> => {
  for (let port = PORTS.first; port <= PORTS.last; port++) {
    const address = { ...ANY_PORT, port };
    for (const open of [session.stream(), session.datagram()])
      await (await held(open)).ok('bind', { address });
  }
};
for (const one of daemons) {
  await takeAll(one.session);
  await askAll(one, 'without a port');
  for (const socket of taken.splice(0)) await socket.ok('close');
  await askAll(one, 'with ports again');
  for (const socket of taken.splice(0)) await socket.ok('close');
}
for (const end of ends) await end();
