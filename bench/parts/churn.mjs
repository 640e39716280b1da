import { openAndClose } from '../conversations.mjs';
import { heapMiB, resourcesOf } from '../daemon.mjs';
import { stop } from '../programs.mjs';

const CONNECTIONS = 8;

/** Fills the records of ended sockets up to their bounds, so that further growth is a leak. */
const FIRST = 20_000;

/** Measures what remains of sockets that were opened and closed: nothing, for any number. */
export async function churn(tools) {
  const count = tools.options.closes.toLocaleString('en');
  return { subjects: { left: () => left(tools) }, rows: rowsFor(count), rounds: 1, isCold: true };
}

async function left(tools) {
  const daemon = await tools.startDaemon({ isWatched: true });
  const open = (passes) => tools.load(daemon, openAndClose(daemon.sessionId), CONNECTIONS, { passes });
  await open(FIRST);
  const before = await settled(daemon);
  await open(tools.options.closes);
  const after = await settled(daemon);
  await stop(daemon.child);
  return {
    descriptors: after.descriptors - before.descriptors,
    heapMiB: after.heapMiB - before.heapMiB,
    residentMiB: after.residentMiB - before.residentMiB,
  };
}

/** The resources without any client; the first reading may come before the daemon has seen their end. */
async function settled(daemon) {
  daemon.hangUp();
  await heapMiB(daemon);
  return { heapMiB: await heapMiB(daemon), ...resourcesOf(daemon.pid) };
}

/** @returns {import('../rows.mjs').Row[]} */
const rowsFor = (count) => [
  {
    name: `${count} sockets opened and closed: descriptors more`,
    unit: '',
    ours: ({ left }) => left.descriptors,
    atMost: 0,
  },
  {
    name: `${count} sockets opened and closed: heap more after a collection`,
    unit: 'MiB',
    ours: ({ left }) => left.heapMiB,
    atMost: 5,
  },
  {
    name: `${count} sockets opened and closed: resident more`,
    unit: 'MiB',
    ours: ({ left }) => left.residentMiB,
  },
];
