/** The worker thread that runs the console handler; see console-control.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import koffi from '../native/koffi.js';
import { type FromWorker, WAITING } from './console-control.js';

const CTRL_CLOSE_EVENT = 2;
const CTRL_SHUTDOWN_EVENT = 6;
const ENDING: ReadonlySet<number> = new Set([CTRL_CLOSE_EVENT, CTRL_SHUTDOWN_EVENT]);

const shared: Int32Array = workerData;
const kernel32 = koffi.load('kernel32.dll');
const HandlerRoutine = koffi.pointer(koffi.proto('int __stdcall HandlerRoutine(uint32_t event)'));
const setHandler: (handler: bigint, add: number) => number = kernel32.func('SetConsoleCtrlHandler', 'int', [
  HandlerRoutine,
  'int',
]);

const post = (message: FromWorker): void => parentPort?.postMessage(message);

/** Runs on this thread, while the thread that Windows made for the event waits for the result. */
const handle = (event: number): number => {
  if (!ENDING.has(event)) return 0; // FALSE: Node's handler makes SIGINT or SIGBREAK of it
  Atomics.store(shared, WAITING, 1);
  post('shutdown');
  Atomics.wait(shared, WAITING, 1); // blocks until the process ends
  return 1;
};

const handler = koffi.register(handle, HandlerRoutine); // never unregistered: Windows keeps the pointer
if (setHandler(handler, 1) === 0) throw new Error('SetConsoleCtrlHandler failed');
parentPort?.on('message', () => undefined); // keeps this thread, and its event loop, for the handler
post({ handler });
