import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bench, cache } from './places.mjs';
import { start } from './programs.mjs';

const READY_MS = 30_000;
const LEASE_SECONDS = 86_400;

/**
 * Starts the built daemon of a checkout without a log, and opens one session. `call` gives the result of a
 * call, `answer` also the header fields, `get` the body of a GET. `hangUp` closes their connections; the next
 * call makes new ones. `withToken` is the same daemon for another owner.
 *
 * @param {string} checkout
 * @param {{ env?: NodeJS.ProcessEnv, isWatched?: boolean, isProfiled?: boolean }} [options] env: further
 *   configuration; isWatched: it can report its memory
 */
export async function startDaemon(checkout, { env = {}, isWatched = false, isProfiled = false } = {}) {
  const token = randomBytes(32).toString('base64url');
  const port = await freePort();
  const child = start(
    [
      process.execPath,
      ...(isWatched ? ['--expose-gc', '--import', join(bench, 'watched.mjs')] : []),
      ...(isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${join(cache, 'profile')}`] : []),
      join(checkout, 'dist', 'src', 'main.js'),
    ],
    {
      cwd: checkout,
      env: { ...defaults(), WINSOCKD_TOKEN: token, WINSOCKD_PORT: String(port), ...env },
      stdio: ['ignore', 'ignore', 'inherit', ...(isWatched ? ['ipc'] : [])],
    },
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const hangUp = () => agent.destroy();
  const withToken = async (token) => {
    const send = (path, options) => request({ agent, port, token, path, ...options });
    const answer = (path, parameters, headers) => send(path, { method: 'POST', parameters, headers });
    const call = async (path, parameters) => (await answer(path, parameters)).json;
    const get = async (path) => (await send(path, { method: 'GET' })).json;
    const { sessionId } = await call('startup', { version: '2.2', leaseSeconds: LEASE_SECONDS });
    return { child, pid: child.pid, port, token, sessionId, call, answer, get, hangUp, withToken };
  };
  await untilReady(child, agent, port);
  return withToken(token);
}

/** The resources of a process as the system reports them. */
export function resourcesOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    residentMiB: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/**
 * @param {{ child: import('node:child_process').ChildProcess }} daemon started with isWatched
 * @returns {Promise<number>} MiB of its heap and of its buffers after a collection
 */
export async function heapMiB({ child }) {
  const answer = once(child, 'message');
  child.send('collect');
  const [{ heapUsed, external }] = await answer;
  return (heapUsed + external) / 1024 / 1024;
}

/**
 * @param {{ child: import('node:child_process').ChildProcess }} daemon started with isWatched
 * @returns {Promise<{ wall: number, cpu: number }>} milliseconds of the longest turn of its event loop since it
 *   was last asked; cpu: without the time in which the system ran other programs
 */
export async function longestTurns({ child }) {
  const answer = once(child, 'message');
  child.send('turns');
  const [turns] = await answer;
  return turns;
}

/** The environment without any configuration of the daemon. */
const defaults = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WINSOCKD_')));

/** A free port, chosen here because the daemon reports its own only in the log, which is off. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function untilReady(child, agent, port) {
  const end = performance.now() + READY_MS;
  while (performance.now() < end && child.exitCode === null) {
    const request = http.get({ agent, port, host: '127.0.0.1', path: '/health/live' });
    const [response] = await once(request, 'response').catch(() => [undefined]);
    response?.resume();
    if (response?.statusCode === 200) return;
    await wait(50); // it does not listen yet, and sends no event when it does
  }
  throw new Error('the daemon is not ready');
}

async function request({ agent, port, token, method, path, parameters, headers = {} }) {
  const body = parameters === undefined ? '' : JSON.stringify(parameters);
  const request = http.request({
    agent,
    port,
    host: '127.0.0.1',
    method,
    path: `/v1/${path}`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  if (response.statusCode >= 300) throw new Error(`${path}: ${text}`);
  return { headers: response.headers, json: JSON.parse(text) };
}
