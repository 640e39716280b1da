import { echoed, httpBatch, rpcBatch, rpcGetSocket, rpcLifecycle } from '../rpc-conversations.mjs';

/** The calls of a lifecycle. */
const CALLS = 7;

const AT_ONCE = 16;

/** Measures the ways in beside REST: batches, and calls and batches over a WebSocket. */
export async function wires(tools) {
  const { profile } = tools.options;
  const ports = await tools.startEchoServer();
  const echo = await tools.startFloor('floors/ws-echo.mjs');
  const daemon = await tools.startDaemon({ isProfiled: profile });
  const { sessionId } = daemon;
  const overWebSocket = (server, conversation, calls = 1) =>
    tools.loadWebSocket(server, conversation, AT_ONCE, { ports, calls });
  const subjects = {
    'raw C': () => tools.raw('lifecycle', ports),
    'HTTP batch': () => tools.load(daemon, httpBatch(sessionId), 8, { ports, calls: CALLS }),
    'WebSocket call': () => overWebSocket(daemon, rpcLifecycle(sessionId)),
    'ws echo': () => overWebSocket(echo, echoed(rpcLifecycle(sessionId))),
    'WebSocket getSocket': () => overWebSocket(daemon, rpcGetSocket(sessionId)),
    'ws echo of getSocket': () => overWebSocket(echo, echoed(rpcGetSocket(sessionId))),
    'WebSocket batch': () => overWebSocket(daemon, rpcBatch(sessionId), CALLS),
  };
  return { subjects, rows: ROWS };
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

const ROWS = [
  ...both('HTTP batch, 8 in flight', 'HTTP batch', 'raw C', 'raw C', 0.65),
  ...both('WebSocket call, 16 outstanding', 'WebSocket call', 'ws echo', 'ws echo', 0.7),
  ...both('WebSocket getSocket, 16 outstanding', 'WebSocket getSocket', 'ws echo', 'ws echo of getSocket'),
  ...both('WebSocket batch, 16 outstanding', 'WebSocket batch', 'raw C', 'raw C', 1),
];
