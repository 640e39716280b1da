import { setTimeout as wait } from 'node:timers/promises';
import { spread } from '../rows.mjs';

const TIMES = 20;

/** Long enough for the request to arrive on a busy machine. */
const AHEAD_MS = 100;

/** Measures how far apart two daemons begin their calls that have the same instant. */
export async function instant(tools) {
  const daemons = [await tools.startDaemon(), await tools.startDaemon()];
  return { subjects: { calls: () => timesOf(daemons) }, rows: ROWS, rounds: 1, isCold: true };
}

async function timesOf(daemons) {
  const times = [];
  for (let time = 0; time < TIMES; time++) {
    // Instants at any fraction of what the timers of the daemons count in.
    await wait(Math.random() * 20);
    const instant = Date.now() + AHEAD_MS;
    const calls = await Promise.all(daemons.map((daemon) => callAt(daemon, instant)));
    times.push({
      apart: Math.abs(calls[0].ended - calls[1].ended),
      early: calls.filter(({ late, ended }) => late < 0 || ended < instant).length,
      late: Math.max(...calls.map(({ late }) => late)),
    });
  }
  return {
    apart: spread(times.map(({ apart }) => apart)),
    late: spread(times.map(({ late }) => late)),
    early: times.reduce((sum, { early }) => sum + early, 0),
  };
}

/** Makes one call at an instant. Its end is that of the journal, by the clock that both daemons share. */
async function callAt({ sessionId, answer, get }, instant) {
  const headers = { 'winsockd-not-before': new Date(instant).toISOString() };
  const made = await answer(`sessions/${sessionId}/sockets`, { family: 'AF_INET' }, headers);
  const [, late] = /late;dur=([\d.]+)/.exec(made.headers['server-timing']);
  const { socketId } = made.json;
  const { entries } = await get(`sockets/${socketId}/journal`);
  await answer(`sockets/${socketId}/close`, {});
  return { late: Number(late), ended: Date.parse(entries[0].time) };
}

const name = `calls of two daemons at one instant, ${TIMES} times`;

/** @type {import('../rows.mjs').Row[]} */
const ROWS = [
  { name: `${name}: apart, median`, unit: 'ms', ours: ({ calls }) => calls.apart.median },
  { name: `${name}: apart, most`, unit: 'ms', ours: ({ calls }) => calls.apart.max, atMost: 5 },
  { name: `${name}: after the instant, median`, unit: 'ms', ours: ({ calls }) => calls.late.median },
  { name: `${name}: begun early`, unit: '', ours: ({ calls }) => calls.early, atMost: 0 },
];
