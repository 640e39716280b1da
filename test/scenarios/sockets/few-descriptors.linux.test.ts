/** A process that may open few files: its sockets leave descriptors for connections to the daemon. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { client } from '../../http/client.js';
import { loopback } from '../test-daemon.js';

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
const TOKEN = 'token-of-the-test-0123';
const OPEN_FILES = 256;
const RESERVED = 64;

const start = async (t: TestContext, env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const child = spawn('sh', ['-c', `ulimit -n ${OPEN_FILES} && exec "$0" "$1"`, process.execPath, MAIN], {
    env: { PATH: process.env.PATH ?? '', WINSOCKD_PORT: '0', WINSOCKD_TOKEN: TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    const url = /listening on (http:\/\/[^"\s]+)/.exec(printed)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(printed);
};

test('sockets stop before the limit of the system, and connections are still accepted', async (t) => {
  const url = await start(t);
  const api = client(url, TOKEN);
  const { sessionId } = await api.ok.post('/v1/startup', {});
  const sockets = `/v1/sessions/${sessionId}/sockets`;
  const stream = { provider: 'posix', family: 'AF_INET', type: 'SOCK_STREAM' };
  const { socketId: listener } = await api.ok.post(sockets, stream);
  await api.ok.post(`/v1/sockets/${listener}/bind`, { address: loopback('AF_INET', 0) });
  await api.ok.post(`/v1/sockets/${listener}/listen`, {});
  const { address } = await api.ok.get(`/v1/sockets/${listener}/sockName`);
  const peer = net.connect(address.port, address.address);
  t.after(() => peer.destroy());
  await once(peer, 'connect');
  const opened: string[] = [];
  let problem: { name?: string } = {};
  while (opened.length < OPEN_FILES) {
    const { status, body } = await api.post(sockets, stream);
    if (status >= 400) {
      problem = body;
      break;
    }
    opened.push(body.socketId);
  }
  assert.equal(problem.name, 'WSAEMFILE');
  assert.ok(opened.length > OPEN_FILES / 2 && opened.length < OPEN_FILES - RESERVED, String(opened.length));
  assert.equal((await api.problem.post(`/v1/sockets/${listener}/accept`, {})).name, 'WSAEMFILE');

  // More connections without a token than there are descriptors left; each gets an answer.
  const { hostname, port } = new URL(url);
  const strangers: net.Socket[] = [];
  for (let i = 0; i < 2 * RESERVED; i++) {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    strangers.push(socket);
    await once(socket, 'connect');
    if (i % 16 === 0) await api.ok.get('/health/live');
  }
  await api.ok.get(`/v1/sessions/${sessionId}`);

  // The connection that could not be accepted is still queued.
  for (const stranger of strangers) stranger.destroy();
  await api.ok.post(`/v1/sockets/${opened[0]}/close`, {});
  let accepted = await api.post(`/v1/sockets/${listener}/accept`, {});
  // First the daemon must notice that the connections without a token have closed.
  for (let tries = 0; accepted.body.name === 'WSAEMFILE' && tries < 1000; tries++) {
    accepted = await api.post(`/v1/sockets/${listener}/accept`, {});
  }
  assert.equal(accepted.body.remoteAddress?.port, peer.localPort, JSON.stringify(accepted.body));
});

test('sockets can be opened even if more descriptors are reserved than the process has', async (t) => {
  const api = client(await start(t, { WINSOCKD_LIMITS_RESERVED_DESCRIPTORS: '65536' }), TOKEN);
  const { sessionId } = await api.ok.post('/v1/startup', {});
  const sockets = `/v1/sessions/${sessionId}/sockets`;
  const stream = { provider: 'posix', family: 'AF_INET', type: 'SOCK_STREAM' };
  let opened = 0;
  while (opened < OPEN_FILES && (await api.post(sockets, stream)).status < 400) opened++;
  assert.ok(opened > OPEN_FILES / 4 && opened < OPEN_FILES / 2, String(opened));
});
