import { resolve } from 'node:path';
import { echo, getSocket, labEcho, lifecycle, noOpGet, noOpPost } from '../conversations.mjs';
import { peerRows, peerSubjects } from '../peers/peers.mjs';

/** Measures the cost of each call: the daemon's time over the time of the unavoidable work. */
export async function http(tools) {
  const { against, peers, profile } = tools.options;
  const ports = await tools.startEchoServer();
  const noOp = await tools.startFloor('floors/fastify-no-op.mjs');
  const daemon = await tools.startDaemon({ isProfiled: profile });
  const other = against && (await tools.startDaemon({}, resolve(against)));
  const of = ({ sessionId, ...server }, conversation, connections) =>
    tools.load(server, conversation(sessionId), connections, { ports });
  const subjects = {
    'raw lifecycle': () => tools.raw('lifecycle', ports),
    'raw echo': () => tools.raw('echo', ports),
    'node:net, 8': () => tools.nodeNet(ports, 8),
    'no-op, 8': () => tools.load(noOp, noOpPost, 8),
    'no-op, 1': () => tools.load(noOp, noOpPost, 1),
    'no-op GET, 8': () => tools.load(noOp, noOpGet, 8),
    'lifecycle, 8': () => of(daemon, lifecycle, 8),
    'lifecycle, 1': () => of(daemon, lifecycle, 1),
    'echo, 8': () => of(daemon, echo, 8),
    'lab echo, 8': () => of(daemon, labEcho, 8),
    'getSocket, 8': () => of(daemon, getSocket, 8),
    ...(other && { 'other lifecycle, 8': () => of(other, lifecycle, 8) }),
    ...(peers && (await peerSubjects(tools, ports))),
  };
  return { subjects, rows: [...ROWS, ...(other ? [OTHER] : []), ...(peers ? peerRows : [])] };
}

/** @returns {import('../rows.mjs').Row} */
const cpu = (subject, floors, against, atMost) => ({
  name: `${subject} at once`,
  unit: 'us CPU a call',
  ours: (round) => round[subject].cpu,
  against,
  theirs: (round) => floors.reduce((sum, floor) => sum + round[floor].cpu, 0),
  atMost,
});

/** @returns {import('../rows.mjs').Row} */
const rate = (subject, floor, against) => ({
  name: `${subject} at once`,
  unit: 'calls/s',
  ours: (round) => round[subject].rate,
  against,
  theirs: (round) => round[floor].rate,
});

const ROWS = [
  cpu('lifecycle, 8', ['no-op, 8', 'raw lifecycle'], 'Fastify no-op + raw C', 1.3),
  cpu('lifecycle, 1', ['no-op, 1', 'raw lifecycle'], 'Fastify no-op + raw C', 1.3),
  cpu('echo, 8', ['no-op, 8', 'raw echo'], 'Fastify no-op + raw C', 1.3),
  cpu('lab echo, 8', ['no-op, 8'], 'Fastify no-op', 1.3),
  cpu('getSocket, 8', ['no-op GET, 8'], 'Fastify no-op GET', 1.3),
  rate('lifecycle, 8', 'no-op, 8', 'Fastify no-op'),
  rate('lifecycle, 1', 'no-op, 1', 'Fastify no-op'),
  {
    name: 'floor: node:net lifecycle, 8 at once',
    unit: 'us CPU a call',
    ours: (round) => round['node:net, 8'].cpu,
    against: 'raw C',
    theirs: (round) => round['raw lifecycle'].cpu,
  },
];

const OTHER = {
  name: 'lifecycle, 8 at once',
  unit: 'us CPU a call',
  ours: (round) => round['lifecycle, 8'].cpu,
  against: 'the other checkout',
  theirs: (round) => round['other lifecycle, 8'].cpu,
};
