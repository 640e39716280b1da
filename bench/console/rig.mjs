/** What the page has to show: sessions with connected sockets of two providers, and the calls in their journals. */
import { setTimeout as wait } from 'node:timers/promises';

const SESSIONS = 5;
const PROVIDERS = ['posix', 'lab'];
/** Connections of each provider in each session; with one listener and one datagram socket, 50 sockets. */
const PAIRS = 24;
/** The connections that carry half of the calls: a ladder of their eight sockets is a long one. */
const HOT_PAIRS = 4;
const LEASE_SECONDS = 86_400;
const DATA = { base64: Buffer.alloc(64, 'a').toString('base64') };
const STREAM = { family: 'AF_INET', type: 'SOCK_STREAM', capture: { maxBytes: 256 } };

export const SOCKETS = SESSIONS * PROVIDERS.length * (2 * PAIRS + 2);

/** The configuration of a daemon whose journals keep all these calls. */
export const ENV = { WINSOCKD_LIMITS_JOURNAL_ENTRIES: '10000' };

/**
 * @typedef {Generator<() => Promise<unknown>, never>} Calls calls without end, each made when it is wanted
 * @typedef {object} Rig
 * @property {string} busy the last socket of a connection with many calls
 * @property {Calls} traffic sends and receives
 * @property {Calls} churn the same, and sockets are made and closed between them
 */

/**
 * Makes the sockets, and calls until the journals have so many.
 *
 * @param {Awaited<ReturnType<import('../daemon.mjs').startDaemon>>} daemon
 * @param {number} calls
 * @returns {Promise<Rig>}
 */
export async function makeRig(daemon, calls) {
  let made = 0;
  const call = (path, parameters) => {
    made++;
    return daemon.call(path, parameters);
  };
  const pairs = [];
  let sessionId = '';
  for (let session = 0; session < SESSIONS; session++) {
    ({ sessionId } = await call('startup', { version: '2.2', leaseSeconds: LEASE_SECONDS }));
    for (const provider of PROVIDERS) pairs.push(...(await connectPairs(call, sessionId, provider)));
  }
  // The page shows the last session first, and its table begins with its first sockets.
  const hot = pairs.slice(-PROVIDERS.length * PAIRS).slice(0, HOT_PAIRS);
  const traffic = trafficBetween(call, hot, pairs);
  while (made < calls) await traffic.next().value();
  return { busy: hot[0].server, traffic, churn: churn(call, sessionId, traffic) };
}

/**
 * Makes calls at a rate, one after another, until it is told to stop.
 *
 * @param {Calls} calls
 * @param {number} perSecond
 * @returns {() => Promise<void>} stops it
 */
export function keepCalling(calls, perSecond) {
  let isStopped = false;
  const run = async () => {
    for (let at = performance.now(); !isStopped; at += 1000 / perSecond) {
      await wait(Math.max(0, at - performance.now()));
      await calls.next().value();
    }
  };
  const running = run();
  return () => {
    isStopped = true;
    return running;
  };
}

async function connectPairs(call, sessionId, provider) {
  const open = async (more = {}) =>
    (await call(`sessions/${sessionId}/sockets`, { ...STREAM, provider, ...more })).socketId;
  const listener = await open();
  const { localAddress: address } = await call(`sockets/${listener}/bind`, {
    address: { family: 'AF_INET', address: '127.0.0.1', port: 0 },
  });
  await call(`sockets/${listener}/listen`, {});
  const pairs = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const client = await open();
    await call(`sockets/${client}/connect`, { address });
    pairs.push({ client, server: (await call(`sockets/${listener}/accept`, {})).socketId });
  }
  await open({ type: 'SOCK_DGRAM' });
  return pairs;
}

/** @returns {Calls} */
function* trafficBetween(call, hot, pairs) {
  for (let n = 0; ; n++) {
    const { client, server } = n % 2 === 0 ? hot[(n / 2) % hot.length] : pairs[n % pairs.length];
    yield () => call(`sockets/${client}/send`, { data: DATA });
    yield () => call(`sockets/${server}/recv`, { maxBytes: 4096 });
  }
}

/** @returns {Calls} */
function* churn(call, sessionId, traffic) {
  for (;;) {
    let socketId = '';
    yield async () => ({ socketId } = await call(`sessions/${sessionId}/sockets`, STREAM));
    yield traffic.next().value;
    yield traffic.next().value;
    yield () => call(`sockets/${socketId}/close`, {});
  }
}
