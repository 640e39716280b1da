import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { getSocket } from '../conversations.mjs';
import { longestTurns } from '../daemon.mjs';
import { httpBatch } from '../rpc-conversations.mjs';

/** With seven calls each, nearly the thousand steps that a batch can have. */
const LIFECYCLES = 142;

/** The batches run longer than the calls beside them: so long before, and so long after. */
const SECONDS_MORE = 0.5;

/** Measures how long the calls of others wait while one client sends batches of a thousand steps. */
export async function neighbours(tools) {
  const ports = await tools.startEchoServer();
  const otherToken = randomBytes(32).toString('base64url');
  const owner = await tools.startDaemon({ isWatched: true, env: { WINSOCKD_TOKENS: `other=${otherToken}` } });
  const other = await owner.withToken(otherToken);
  const calls = async (caller) => {
    await longestTurns(owner);
    const sample = await tools.load(caller, getSocket(caller.sessionId), 1);
    return { ...sample, turns: await longestTurns(owner) };
  };
  const besideBatches = async (caller) => {
    const seconds = tools.options.seconds + 2 * SECONDS_MORE;
    const batches = tools.load(owner, httpBatch(owner.sessionId, LIFECYCLES), 1, { ports, seconds });
    const [sample] = await Promise.all([wait(SECONDS_MORE * 1000).then(() => calls(caller)), batches]);
    return sample;
  };
  const subjects = {
    alone: () => calls(other),
    'other owner': () => besideBatches(other),
    'same owner': () => besideBatches(owner),
  };
  return { subjects, rows: ROWS };
}

/** @returns {import('../rows.mjs').Row} what the batches add */
const added = (name, subject, ms, atMost) => ({
  name,
  unit: 'ms more',
  ours: (round) => ms(round[subject]) - ms(round.alone),
  atMost,
});

const ROWS = ['other owner', 'same owner'].flatMap((subject) => [
  added(`getSocket of the ${subject}, slowest`, subject, ({ max }) => max / 1000, 10),
  added(`getSocket of the ${subject}, p99.9`, subject, ({ p999 }) => p999 / 1000, 10),
  added(`getSocket of the ${subject}, p50`, subject, ({ p50 }) => p50 / 1000),
  added(`event loop beside the ${subject}, longest turn`, subject, ({ turns }) => turns.wall, 10),
  added(`event loop beside the ${subject}, longest turn, CPU`, subject, ({ turns }) => turns.cpu, 10),
]);
