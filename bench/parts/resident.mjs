import { lifecycle } from '../conversations.mjs';
import { heapMiB, resourcesOf } from '../daemon.mjs';
import { stop } from '../programs.mjs';
import { openSockets } from './open-sockets.mjs';

const SOCKETS = 10_000;
const WARM_LIFECYCLES = 500;

/** Measures the memory of many open sockets, compared with an idle daemon that has worked before. */
export async function resident(tools) {
  const ports = await tools.startEchoServer();
  return { subjects: { sockets: () => grown(tools, ports) }, rows: ROWS, rounds: 1, isCold: true };
}

async function grown(tools, ports) {
  const env = { WINSOCKD_LIMITS_SOCKETS_PER_OWNER: String(SOCKETS + 100) };
  const daemon = await tools.startDaemon({ env, isWatched: true });
  await tools.load(daemon, lifecycle(daemon.sessionId), 8, { ports, passes: WARM_LIFECYCLES });
  const before = { ...resourcesOf(daemon.pid), heapMiB: await heapMiB(daemon) };
  await openSockets(daemon, SOCKETS);
  // Measured before the collection, which by itself may come much later.
  const { residentMiB } = resourcesOf(daemon.pid);
  const after = { residentMiB, heapMiB: await heapMiB(daemon) };
  await stop(daemon.child);
  return { residentMiB: after.residentMiB - before.residentMiB, heapMiB: after.heapMiB - before.heapMiB };
}

const name = `${SOCKETS.toLocaleString('en')} sockets over idle`;

/** @type {import('../rows.mjs').Row[]} */
const ROWS = [
  { name: `${name}: resident`, unit: 'MiB', ours: ({ sockets }) => sockets.residentMiB, atMost: 60 },
  { name: `${name}: heap after a collection`, unit: 'MiB', ours: ({ sockets }) => sockets.heapMiB },
];
