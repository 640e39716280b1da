import { echo } from '../conversations.mjs';
import { openSockets } from './open-sockets.mjs';

const MANY = 5000;
const FEW = 10;

/** Measures the time of an echo while many other sockets are connected. */
export async function connected(tools) {
  const ports = await tools.startEchoServer();
  const withOthers = async (count) => {
    const daemon = await tools.startDaemon({
      env: { WINSOCKD_LIMITS_SOCKETS_PER_OWNER: String(count + 100) },
    });
    await openSockets(daemon, count, { ports });
    return () => tools.load(daemon, echo(daemon.sessionId), 1, { ports });
  };
  const subjects = { many: await withOthers(MANY), few: await withOthers(FEW) };
  return { subjects, rows: ROWS };
}

/** @type {import('../rows.mjs').Row[]} */
const ROWS = [
  { name: 'p50', unit: 'us an echo', of: 'p50', atMost: 1.1 },
  { name: 'CPU', unit: 'us CPU a call', of: 'cpu' },
].map(({ name, unit, of, atMost }) => ({
  name: `echo with ${MANY.toLocaleString('en')} connected sockets, ${name}`,
  unit,
  ours: (round) => round.many[of],
  against: `with ${FEW}`,
  theirs: (round) => round.few[of],
  atMost,
}));
