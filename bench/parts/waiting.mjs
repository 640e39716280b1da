import { again } from '../conversations.mjs';
import { openSockets } from './open-sockets.mjs';

const OPEN = 10_000;
const ASKED = 1000;
const FEW = 100;

/** Measures the cost of select and poll by the number of requested sockets, not of open ones. */
export async function waiting(tools) {
  const ports = await tools.startEchoServer();
  const daemonWith = async (count) => {
    const daemon = await tools.startDaemon({
      env: { WINSOCKD_LIMITS_SOCKETS_PER_OWNER: String(count + 100) },
    });
    return { daemon, ids: await openSockets(daemon, count, { ports }) };
  };
  const many = await daemonWith(OPEN);
  const only = await daemonWith(ASKED);
  const ask =
    (name, { daemon, ids }, count) =>
    () =>
      tools.load(daemon, CALLS[name](daemon.sessionId, ids.slice(0, count)), 1);
  const subjects = Object.fromEntries(
    Object.keys(CALLS).flatMap((name) => [
      [`${name} of many`, ask(name, many, ASKED)],
      [`${name} of only these`, ask(name, only, ASKED)],
      [`${name} few of many`, ask(name, many, FEW)],
    ]),
  );
  return { subjects, rows: Object.keys(CALLS).flatMap(rowsFor) };
}

/** No socket is ready and no call waits, so every socket is checked. */
const CALLS = {
  select: (session, ids) => again(`/v1/sessions/${session}/select`, { read: ids, timeoutMs: 0 }, '"read":[]'),
  poll: (session, ids) =>
    again(
      `/v1/sessions/${session}/poll`,
      { sockets: ids.map((socketId) => ({ socketId, events: ['POLLRDNORM'] })), timeoutMs: 0 },
      '"ready":0',
    ),
};

/** @returns {import('../rows.mjs').Row[]} */
const rowsFor = (name) => [
  {
    name: `${name} over ${ASKED.toLocaleString('en')} of ${OPEN.toLocaleString('en')}`,
    unit: 'us CPU a call',
    ours: (round) => round[`${name} of many`].cpu,
    against: `of only these ${ASKED.toLocaleString('en')}`,
    theirs: (round) => round[`${name} of only these`].cpu,
    atMost: 1.1,
  },
  {
    name: `${name} over ${ASKED.toLocaleString('en')}, for each`,
    unit: 'us CPU a socket',
    ours: (round) => round[`${name} of many`].cpu / ASKED,
    against: `over ${FEW}, for each`,
    theirs: (round) => round[`${name} few of many`].cpu / FEW,
    atMost: 1.1,
  },
];
