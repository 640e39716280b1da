import { join } from 'node:path';
import { aiohttpLifecycle } from '../conversations.mjs';
import { bench, checkout } from '../places.mjs';
import { run, startServer } from '../programs.mjs';
import { sampleOf } from '../tools.mjs';
import { installPeers } from './install.mjs';

const NUMBERS = [1, 8];

/**
 * The lifecycle with other programs, for one client and for eight.
 *
 * @param {import('../tools.mjs').Tools} tools
 * @param {string} ports of the echo server
 */
export async function peerSubjects(tools, ports) {
  const python = await installPeers();
  const aiohttp = await startPeer(python, 'aiohttp_rig.py');
  const rpyc = await rpycSubjects(tools, ports);
  const ofAiohttp = NUMBERS.map((clients) => [
    `aiohttp, ${clients}`,
    () => tools.load(aiohttp, aiohttpLifecycle, clients, { ports }),
  ]);
  return { ...Object.fromEntries(ofAiohttp), ...rpyc };
}

/** The lifecycle with RPyC. */
export async function rpycSubjects(tools, ports) {
  const python = await installPeers();
  const rpyc = await startPeer(python, 'rpyc_rig.py');
  return pythonSubjects('rpyc', python, 'rpyc_clients.py', rpyc, tools, ports);
}

/** The lifecycle by programs with the Python client: call by call, and as a batch. */
export const clientSubjects = (daemon, tools, ports) => ({
  ...pythonSubjects('Python calls', 'python3', 'call_clients.py', daemon, tools, ports),
  ...pythonSubjects('Python batch', 'python3', 'batch_clients.py', daemon, tools, ports),
});

/** The environment of a program with the Python client. */
export const clientEnv = ({ token }) => ({
  ...process.env,
  BENCH_TOKEN: token,
  PYTHONPATH: join(checkout, 'clients', 'python', 'src'),
});

async function startPeer(python, file) {
  const { child, line } = await startServer([python, join(bench, 'peers', file)]);
  return { pid: child.pid, port: Number(line) };
}

function pythonSubjects(name, python, file, { port, pid, token }, tools, ports) {
  const measure = async (clients) => {
    const args = [port, clients, tools.options.seconds, ports, pid].map(String);
    const env = token ? clientEnv({ token }) : process.env;
    return sampleOf(await run([python, join(bench, 'peers', file), ...args], { env }));
  };
  return Object.fromEntries(NUMBERS.map((clients) => [`${name}, ${clients}`, () => measure(clients)]));
}

/** @type {import('../rows.mjs').Row[]} */
export const peerRows = NUMBERS.flatMap((clients) => {
  const row = (peer, against, atLeast) => ({
    name: `lifecycle, ${clients} at once`,
    unit: 'calls/s',
    ours: (round) => round[`lifecycle, ${clients}`].rate,
    against,
    theirs: (round) => round[`${peer}, ${clients}`].rate,
    atLeast,
  });
  return [row('aiohttp', 'aiohttp rig', 2.5), row('rpyc', 'RPyC with TCP_NODELAY', 7)];
});

/** The least that the Python client must reach, against RPyC, with one client and with eight. */
const LEAST = { 'Python calls': [4, undefined], 'Python batch': [10, 15] };

/** @type {import('../rows.mjs').Row[]} */
export const clientRows = Object.entries(LEAST).flatMap(([name, least]) =>
  NUMBERS.map((clients, place) => ({
    name: `${name}, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    unit: 'calls/s',
    ours: (round) => round[`${name}, ${clients}`].rate,
    against: 'RPyC with TCP_NODELAY',
    theirs: (round) => round[`rpyc, ${clients}`].rate,
    atLeast: least[place],
  })),
);
