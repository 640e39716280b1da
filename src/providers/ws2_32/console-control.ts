/**
 * The console events with which Windows ends a process and for which Node has no signal: the console window
 * is closed, the user logs off, the system shuts down. The last is also what `docker stop` raises in a
 * Windows container.
 *
 * Windows calls the handler on a thread of its own and ends the process as soon as it returns, whatever it
 * returns; before that it waits (5 seconds for a closed window, longer for the others). So the handler must
 * not return while the daemon drains. koffi runs it on the event loop that has registered it, which must
 * therefore not be the one that drains: it is that of a worker, which passes the event on and then blocks.
 *
 * A console program that has loaded user32.dll is not told of log-off and shutdown unless it is a service or
 * runs in a container; the drain route of the daemon is the certain way.
 *
 * Source: https://learn.microsoft.com/windows/console/handlerroutine
 */
import { Worker } from 'node:worker_threads';

/** What the worker posts, once for each event. */
export const SHUTDOWN = 'shutdown';

/** Index in the shared memory: 1 lets a handler that waits return. */
export const RELEASED = 0;

/**
 * Runs something when Windows is about to end this process. The process has to end itself when it is done.
 * Elsewhere nothing is registered: signals say it there.
 *
 * @param run called on the main event loop, once, though a system may raise several such events
 * @returns `release` takes the handler back; a handler that waits returns, and Windows ends the process.
 *   `ready` settles when the handler is in place, and rejects when that fails
 */
export const onShutdown = (run: () => void): { release(): void; readonly ready: Promise<void> } => {
  if (process.platform !== 'win32') return { release: () => undefined, ready: Promise.resolve() };
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./console-control-worker.js', import.meta.url), { workerData: shared });
  let hasRun = false;
  const ready = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message) => {
      if (message !== SHUTDOWN) {
        worker.unref(); // in place; waiting for the end is no reason to go on
        return resolve();
      }
      if (hasRun) return;
      hasRun = true;
      run();
    });
  });
  ready.catch(() => undefined); // for those who do not ask; the certain way is another
  return {
    ready,
    release: () => {
      Atomics.store(shared, RELEASED, 1);
      Atomics.notify(shared, RELEASED);
      worker.postMessage('release');
    },
  };
};
