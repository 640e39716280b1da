/**
 * The console events with which Windows ends a process and for which Node has no signal: the console window
 * is closed, and the system shuts down. The latter is also what `docker stop` raises in a Windows container.
 * A logoff event is ignored: only services receive it, and it does not say which user logged off.
 *
 * Windows calls the handler on a new thread and ends the process when the handler returns, or after 5
 * seconds (20 for a service at system shutdown). So the handler never returns; the daemon drains meanwhile
 * and then ends the process itself. koffi runs the handler on the event loop that has registered it. That
 * loop must not be the one that drains, so a worker registers the handler, passes the event on, and then
 * blocks.
 *
 * A console program that has loaded user32.dll receives no shutdown event unless it is a service or runs in
 * a container. The drain operation of the daemon always works.
 *
 * Source: https://learn.microsoft.com/windows/console/handlerroutine
 */
import { Worker } from 'node:worker_threads';
import koffi from '../native/koffi.js';
import { endProcess } from './end-process.js';

/** The messages of the worker: first the address of its handler, then one for each event. */
export type FromWorker = { readonly handler: bigint } | 'shutdown';

/**
 * Index in the shared memory. It holds 1 from the first event to the end of the process: Windows waits for
 * the handler.
 */
export const WAITING = 0;

/**
 * Calls `run` when Windows is about to end this process; the process must then end itself. On other systems
 * this does nothing, since signals serve there.
 *
 * The exit of the process unregisters the handler on the exiting thread: koffi's callback is freed with the
 * worker, so a later event would call freed memory. While Windows waits for the handler it cannot be
 * unregistered, and the process ends at once: stopping the worker would return from the handler, and Windows
 * would choose the exit code.
 *
 * @param run called on the main event loop, once, though a system may raise several such events
 * @returns `release` unregisters the handler. `ready` settles when it is registered, and rejects when that
 *   fails
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
        worker.unref(); // registered; the worker alone does not keep the process running
        return resolve();
      }
      if (hasRun) return;
      hasRun = true;
      run();
    });
  });
  ready.catch(() => undefined); // callers may ignore it; the drain operation always works
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
  setHandler(handler, 0); // fails when it is unregistered already
};
