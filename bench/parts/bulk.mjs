import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { FRAME, hasWebsockify, opening, startWebsockify } from '../peers/websockify.mjs';
import { bench } from '../places.mjs';
import { start, startServer } from '../programs.mjs';

const MIB = 1024 * 1024;

/** How much is moved for each second of the options. */
const MIB_A_SECOND = 256;

/** What moves the bytes in the daemon, each with the goals over a relay with node:net, up and down. */
const WAYS = {
  bulk: { goals: [0.9, 1.2], connect: toRawBytes },
  stream: { goals: [0.9, 1.2], connect: toStream },
  relay: { goals: [0.8, 0.8], connect: toRelay },
};

/** Measures bytes in bulk: through raw bytes, a stream and a relay of the daemon. */
export async function bulk(tools) {
  const { against, profile, seconds } = tools.options;
  const bytes = Math.max(1, Math.round(MIB_A_SECOND * seconds)) * MIB;
  const run = (way, pid, connect) => measured(tools.programs.bulk, way, bytes, pid, connect);
  const subjectsOf = (daemon, prefix = '') =>
    Object.entries(WAYS).flatMap(([name, { connect }]) =>
      ['up', 'down'].map((way) => [
        `${prefix}${name} ${way}`,
        () => run(way, daemon.pid, (port) => connect(daemon, port, way, bytes)),
      ]),
    );
  const floor = await startRelayFloor();
  const subjects = {
    ...Object.fromEntries(subjectsOf(await tools.startDaemon({ isProfiled: profile }))),
    'floor up': () => run('up', floor.pid, (port) => floor.to(port)),
    'floor down': () => run('down', floor.pid, (port) => floor.to(port)),
  };
  const rows = [...ROWS];
  if (against) {
    Object.assign(
      subjects,
      Object.fromEntries(subjectsOf(await tools.startDaemon({}, resolve(against)), OTHER)),
    );
    rows.push(...ROWS_AGAINST);
  }
  if (hasWebsockify()) {
    const throughWebsockify = (way) => () => run(way, process.pid, toWebsockify);
    Object.assign(subjects, {
      'websockify up': throughWebsockify('up'),
      'websockify down': throughWebsockify('down'),
    });
    rows.push(...WEBSOCKIFY_ROWS);
  } else process.stderr.write('bench: without websockify: the Debian package is not installed\n');
  return { subjects, rows };
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

/** A socket of the daemon that is connected to the far end. */
async function connected({ sessionId, call }, farPort) {
  const { socketId } = await call(`sessions/${sessionId}/sockets`, { family: 'AF_INET' });
  await call(`sockets/${socketId}/connect`, { address: loopback(farPort) });
  return { socketId, end: () => call(`sockets/${socketId}/close`, {}) };
}

const loopback = (port) => ({ family: 'AF_INET', address: '127.0.0.1', port });

/** The request for the bytes of a socket. */
async function toRawBytes(daemon, farPort, way, length) {
  const { port, token } = daemon;
  const { socketId, end } = await connected(daemon, farPort);
  const [what, body] =
    way === 'down'
      ? ['recvBytes?untilEnd=true', 'Connection: close\r\n']
      : ['sendBytes', `Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n`];
  const head =
    `POST /v1/sockets/${socketId}/${what} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Authorization: Bearer ${token}\r\n${body}\r\n`;
  return { port, head, end };
}

/** The WebSocket of a socket. */
async function toStream(daemon, farPort, way) {
  const { port, token } = daemon;
  const { socketId, end } = await connected(daemon, farPort);
  const fields = `Authorization: Bearer ${token}\r\nSec-WebSocket-Protocol: winsockd.v1\r\n`;
  const head = opening(port, `/v1/sockets/${socketId}/stream`, fields);
  return { port, head, ...(way === 'up' && { before: FRAME }), end };
}

/** A relay of the daemon to the far end. */
async function toRelay({ sessionId, call }, farPort) {
  const { socketId } = await call(`sessions/${sessionId}/sockets`, { family: 'AF_INET' });
  const { localAddress } = await call(`sockets/${socketId}/bind`, { address: loopback(0) });
  await call(`sockets/${socketId}/listen`, {});
  await call(`sockets/${socketId}/relay`, { upstream: loopback(farPort) });
  return { port: localAddress.port, end: () => call(`sockets/${socketId}/close`, {}) };
}

/** A relay with node:net. `to`: gives the port at which connections lead to the far end. */
export async function startRelayFloor() {
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
  const { port, end } = await startWebsockify(farPort);
  return { port, head: opening(port, '/'), before: FRAME, end };
}

/** @returns {import('../rows.mjs').Row[]} */
const overFloor = (name, way, atLeast) => [
  {
    name: `${name} ${way}`,
    unit: 'MiB/s',
    ours: (round) => round[`${name} ${way}`].rate,
    against: 'node:net relay',
    theirs: (round) => round[`floor ${way}`].rate,
    atLeast,
  },
  {
    name: `${name} ${way}`,
    unit: 'us CPU a MiB',
    ours: (round) => round[`${name} ${way}`].cpu,
    against: 'node:net relay',
    theirs: (round) => round[`floor ${way}`].cpu,
  },
];

const ROWS = Object.entries(WAYS).flatMap(
  ([
    name,
    {
      goals: [up, down],
    },
  ]) => [...overFloor(name, 'up', up), ...overFloor(name, 'down', down)],
);

/** What stands before the names of the subjects of the other checkout. */
const OTHER = 'other ';

/** @returns {import('../rows.mjs').Row[]} */
const ROWS_AGAINST = Object.keys(WAYS).flatMap((name) =>
  ['up', 'down'].map((way) => ({
    name: `${name} ${way}`,
    unit: 'us CPU a MiB',
    ours: (round) => round[`${name} ${way}`].cpu,
    against: 'the other checkout',
    theirs: (round) => round[`${OTHER}${name} ${way}`].cpu,
  })),
);

/** @returns {import('../rows.mjs').Row} */
const overWebsockify = (name, way, atLeast) => ({
  name: `${name} ${way}`,
  unit: 'MiB/s',
  ours: (round) => round[`${name} ${way}`].rate,
  against: 'websockify',
  theirs: (round) => round[`websockify ${way}`].rate,
  atLeast,
});

const WEBSOCKIFY_ROWS = ['bulk', 'stream'].flatMap((name) => [
  overWebsockify(name, 'up', 3),
  overWebsockify(name, 'down', 1.3),
]);
