/**
 * The process that requests /health/live all the time, as an orchestrator does, each time on a new
 * connection.
 *
 *   node probe.mjs PORT PID
 *
 * With IPC: sends `ready`; receives how many milliseconds the daemon has to answer once more, and sends its
 * results.
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 5;
/** The time limit of one request. A stall continues over unanswered requests. */
const PATIENCE_MS = 2000;

// The process that started this one has ended.
process.once('disconnect', () => process.exit());

const [port = 0, pid = 0] = process.argv.slice(2).map(Number);
const request = `GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;

let endsAt = Infinity;
process.once('message', (lastMs) => {
  endsAt = performance.now() + Number(lastMs);
});

let asked = 0;
let unanswered = 0;
let byClockMs = 0;
let stallMs = 0;
/** The start of the oldest unanswered request. */
let since = now();
let isAnswered = false;
process.send?.('ready');
do {
  if (isAnswered) since = now();
  isAnswered = await ask();
  asked++;
  if (!isAnswered) unanswered++;
  const { clockMs, queuedMs } = now();
  byClockMs = Math.max(byClockMs, clockMs - since.clockMs);
  stallMs = Math.max(stallMs, clockMs - since.clockMs - (queuedMs - since.queuedMs));
  await sleep(PAUSE_MS);
} while (isAnswered ? endsAt === Infinity : performance.now() < endsAt);
process.send?.({ asked, unanswered, byClockMs, stallMs });
process.disconnect();

/**
 * The time, and for how much of it the daemon and this process were ready to run without a processor. That
 * part is due to other work on the machine, not to the attack.
 */
function now() {
  return { clockMs: performance.now(), queuedMs: queued('thread-self') + queued(`${pid}/task/${pid}`) };
}

/**
 * @param {string} thread
 * @see https://docs.kernel.org/scheduler/sched-stats.html /proc/<pid>/schedstat
 */
function queued(thread) {
  try {
    return Number(readFileSync(`/proc/${thread}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** @returns {Promise<boolean>} whether it was answered with 200 */
async function ask() {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.write(request);
  try {
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
    return answer.startsWith('HTTP/1.1 200');
  } catch {
    return false;
  }
}
