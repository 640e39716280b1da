import { batchSubjects, pythonBatchRows, rpycSubjects } from '../peers/peers.mjs';
import { httpBatch } from '../rpc-conversations.mjs';

/** The calls of a lifecycle. */
const CALLS = 7;

/** Measures the ways in beside REST. */
export async function wires(tools) {
  const { peers, profile } = tools.options;
  const ports = await tools.startEchoServer();
  const daemon = await tools.startDaemon({ isProfiled: profile });
  const { sessionId } = daemon;
  const subjects = {
    'raw C': () => tools.raw('lifecycle', ports),
    'HTTP batch': () => tools.load(daemon, httpBatch(sessionId), 8, { ports, calls: CALLS }),
    ...(peers && { ...batchSubjects(daemon, tools, ports), ...(await rpycSubjects(tools, ports)) }),
  };
  return { subjects, rows: [...ROWS, ...(peers ? pythonBatchRows : [])] };
}

/** @returns {import('../rows.mjs').Row[]} the calls a second with their goal, and the CPU of a call */
const both = (name, ours, against, theirs, atLeast) => [
  {
    name,
    unit: 'calls/s',
    ours: (round) => round[ours].rate,
    against,
    theirs: (round) => round[theirs].rate,
    atLeast,
  },
  {
    name,
    unit: 'us CPU a call',
    ours: (round) => round[ours].cpu,
    against,
    theirs: (round) => round[theirs].cpu,
  },
];

const ROWS = [...both('HTTP batch, 8 in flight', 'HTTP batch', 'raw C', 'raw C', 0.65)];
