/**
 * The console events with which Windows ends a process and for which Node has no signal: the console window
 * is closed, and the system shuts down. The latter is also what `docker stop` raises in a Windows container.
 * That a user logs off is told to services alone, without a word of who it was, so it means nothing here.
 *
 * Windows calls the handler on a thread of its own and ends the process as soon as it returns, whatever it
 * returns; before that it waits (5 seconds; for a service that is shut down, 20). So the handler never returns:
 * the daemon drains meanwhile, and then ends the process itself. koffi runs it on the event loop that has
 * registered it, which must therefore not be the one that drains: it is that of a worker, which passes the
 * event on and then blocks.
 *
 * A console program that has loaded user32.dll is not told of a shutdown unless it is a service or runs in a
 * container; the drain route of the daemon is the certain way.
 *
 * Source: https://learn.microsoft.com/windows/console/handlerroutine
 */
import { Worker } from 'node:worker_threads';
import koffi from '../native/koffi.js';
import { endProcess } from './end-process.js';

/** What the worker posts: first where its handler is, then once for each event. */
export type FromWorker = { readonly handler: bigint } | 'shutdown';

/** Index in the shared memory: 1 while Windows waits for the handler, which it does until the process has ended. */
export const WAITING = 0;

/**
 * Runs something when Windows is about to end this process. The process has to end itself when it is done.
 * Elsewhere nothing is registered: signals say it there.
 *
 * The exit of the process takes the handler back, on the thread that exits: what koffi has made for it goes
 * with the worker, and an event that came later would find nothing there. Where Windows waits for the handler it
 * cannot be taken back, and the process ends at once: a worker that is stopped would return from it, and the exit
 * code be the system's.
 *
 * @param run called on the main event loop, once, though a system may raise several such events
 * @returns `release` takes the handler back. `ready` settles when it is in place, and rejects when that fails
 */
export const onShutdown = (run: () => void): { release(): void; readonly ready: Promise<void> } => {
  if (process.platform !== 'win32') return { release: () => undefined, ready: Promise.resolve() };
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./console-control-worker.js', import.meta.url), { workerData: shared });
  let release = (): void => undefined;
  let hasRun = false;
  const ready = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message: FromWorker) => {
      if (message !== 'shutdown') {
        release = () => removeHandler(message.handler);
        worker.unref(); // in place; waiting for the end is no reason to go on
        return resolve();
      }
      if (hasRun) return;
      hasRun = true;
      run();
    });
  });
  ready.catch(() => undefined); // for those who do not ask; the certain way is another
  process.on('exit', (code) => {
    if (Atomics.load(shared, WAITING) === 1) endProcess(code);
    release();
  });
  return { ready, release: () => release() };
};

/** @see https://learn.microsoft.com/windows/console/setconsolectrlhandler */
const removeHandler = (handler: bigint): void => {
  const setHandler: (handler: bigint, add: number) => number = koffi
    .load('kernel32.dll')
    .func('int SetConsoleCtrlHandler(void *, int)');
  setHandler(handler, 0); // fails where it was taken back already
};
