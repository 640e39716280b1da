import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FRAME, hasWebsockify, OPENING, startWebsockify } from '../peers/websockify.mjs';
import { bench } from '../places.mjs';
import { start, startServer } from '../programs.mjs';

const MIB = 1024 * 1024;

/** How much is moved for each second of the options. */
const MIB_A_SECOND = 256;

/** Measures bytes in bulk: the body of a request to a socket, and a socket to the body of an answer. */
export async function bulk(tools) {
  const bytes = Math.max(1, Math.round(MIB_A_SECOND * tools.options.seconds)) * MIB;
  const daemon = await tools.startDaemon({ isProfiled: tools.options.profile });
  const relay = await startRelay();
  const run = (way, pid, connect) => measured(tools.programs.bulk, way, bytes, pid, connect);
  const subjects = {
    up: () => run('up', daemon.pid, (port) => toDaemon(daemon, 'sendBytes', port, bytes)),
    down: () => run('down', daemon.pid, (port) => toDaemon(daemon, 'recvBytes?untilEnd=true', port)),
    'relay up': () => run('up', relay.pid, (port) => relay.to(port)),
    'relay down': () => run('down', relay.pid, (port) => relay.to(port)),
  };
  if (!hasWebsockify()) {
    process.stderr.write('bench: without websockify: the Debian package is not installed\n');
    return { subjects, rows: ROWS };
  }
  const throughWebsockify = (way) => () => run(way, process.pid, toWebsockify);
  Object.assign(subjects, {
    'websockify up': throughWebsockify('up'),
    'websockify down': throughWebsockify('down'),
  });
  return { subjects, rows: [...ROWS, ...WEBSOCKIFY_ROWS] };
}

/** Runs both ends. `connect` makes what is between them, and gives its port and what is sent first. */
async function measured(program, way, bytes, pid, connect) {
  const child = start([program, way, bytes, pid].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: farPort } = await lines.next();
  const { port, head = '', before = Buffer.alloc(0), end } = await connect(Number(farPort));
  child.stdin.end(Buffer.concat([Buffer.from(`${port} ${head.length} ${before.length}\n${head}`), before]));
  const { value: json } = await lines.next();
  await end?.();
  if (json === undefined) throw new Error(`bulk ${way} ended early`);
  const { seconds, cpuMicroseconds } = JSON.parse(json);
  return { rate: bytes / MIB / seconds, cpu: cpuMicroseconds / (bytes / MIB) };
}

/** A connected socket of the daemon, and the request for its bytes. */
async function toDaemon({ port, token, sessionId, call }, what, farPort, length) {
  const { socketId } = await call(`sessions/${sessionId}/sockets`, { family: 'AF_INET' });
  await call(`sockets/${socketId}/connect`, {
    address: { family: 'AF_INET', address: '127.0.0.1', port: farPort },
  });
  const body =
    length === undefined
      ? 'Connection: close\r\n'
      : `Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n`;
  const head =
    `POST /v1/sockets/${socketId}/${what} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Authorization: Bearer ${token}\r\n${body}\r\n`;
  return { port, head, end: () => call(`sockets/${socketId}/close`, {}) };
}

async function startRelay() {
  const argv = [process.execPath, join(bench, 'floors/net-relay.mjs')];
  const { child, line } = await startServer(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const to = async (farPort) => {
    child.stdin.write(`${farPort}\n`);
    await once(child.stdout, 'data');
    return { port: Number(line) };
  };
  return { pid: child.pid, to };
}

async function toWebsockify(farPort) {
  return { ...(await startWebsockify(farPort)), head: OPENING, before: FRAME };
}

/** @returns {import('../rows.mjs').Row[]} */
const both = (way, atLeast) => [
  {
    name: `bulk ${way}`,
    unit: 'MiB/s',
    ours: (round) => round[way].rate,
    against: 'node:net relay',
    theirs: (round) => round[`relay ${way}`].rate,
    atLeast,
  },
  {
    name: `bulk ${way}`,
    unit: 'us CPU a MiB',
    ours: (round) => round[way].cpu,
    against: 'node:net relay',
    theirs: (round) => round[`relay ${way}`].cpu,
  },
];

const ROWS = [...both('up', 0.9), ...both('down', 1.2)];

/** @returns {import('../rows.mjs').Row} */
const overWebsockify = (way, atLeast) => ({
  name: `bulk ${way}`,
  unit: 'MiB/s',
  ours: (round) => round[way].rate,
  against: 'websockify',
  theirs: (round) => round[`websockify ${way}`].rate,
  atLeast,
});

const WEBSOCKIFY_ROWS = [overWebsockify('up', 3), overWebsockify('down', 1.3)];
