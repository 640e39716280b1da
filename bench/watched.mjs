/** Loaded into a daemon at its start: at a message it reports its memory, or the longest turns of its event loop. */
import koffi from 'koffi';

/** Of the calling thread: https://man7.org/linux/man-pages/man2/clock_gettime.2.html */
const CLOCK_THREAD_CPUTIME_ID = 3;
const TICK_MS = 1;

/** Loaded when it is needed: the daemon configures koffi before any library is. */
let clockGetTime;
const time = new BigInt64Array(2);

/** Milliseconds of processor time of this thread: other programs of the machine do not add to it. */
function cpuNow() {
  clockGetTime(CLOCK_THREAD_CPUTIME_ID, time);
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

let last;
let longest;

function begin() {
  last = { wall: performance.now(), cpu: cpuNow() };
  longest = { wall: 0, cpu: 0 };
}

/** A timer runs once in a turn of the event loop: the time between two ticks is that of a turn, or of short ones. */
function tick() {
  const now = { wall: performance.now(), cpu: cpuNow() };
  for (const name of ['wall', 'cpu']) longest[name] = Math.max(longest[name], now[name] - last[name]);
  last = now;
}

const answers = {
  /** After it has collected garbage. */
  collect() {
    global.gc();
    return process.memoryUsage();
  },
  /** Since the last time; the first time begins it. */
  turns() {
    const since = longest;
    clockGetTime ??= koffi.load('libc.so.6').func('int clock_gettime(int clock, _Out_ int64_t *time)');
    if (!since) setInterval(tick, TICK_MS).unref();
    begin();
    return since ?? longest;
  },
};

process.on('message', (name) => process.send(answers[name]()));
process.channel.unref();
