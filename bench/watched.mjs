/** Loaded into a daemon at its start: at a message it reports its memory, or the delays of its event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const MS = 1e-6;
const delays = monitorEventLoopDelay({ resolution: 1 });

const answers = {
  /** After it has collected garbage. */
  collect() {
    global.gc();
    return process.memoryUsage();
  },
  /** Since the last time, and from the first time on. */
  delays() {
    delays.enable();
    const { max } = delays;
    const p999 = delays.percentile(99.9);
    delays.reset();
    return { max: max * MS, p999: p999 * MS };
  },
};

process.on('message', (name) => process.send(answers[name]()));
process.channel.unref();
