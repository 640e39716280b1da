import { join } from 'node:path';
import { aiohttpLifecycle } from '../conversations.mjs';
import { bench } from '../places.mjs';
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
  const startPeer = async (file) => {
    const { child, line } = await startServer([python, join(bench, 'peers', file)]);
    return { pid: child.pid, port: Number(line) };
  };
  const aiohttp = await startPeer('aiohttp_rig.py');
  const rpyc = await startPeer('rpyc_rig.py');
  const rpycClients = async (clients) => {
    const args = [rpyc.port, clients, tools.options.seconds, ports, rpyc.pid].map(String);
    return sampleOf(await run([python, join(bench, 'peers', 'rpyc_clients.py'), ...args]));
  };
  return Object.fromEntries(
    NUMBERS.flatMap((clients) => [
      [`aiohttp, ${clients}`, () => tools.load(aiohttp, aiohttpLifecycle, clients, { ports })],
      [`rpyc, ${clients}`, () => rpycClients(clients)],
    ]),
  );
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
