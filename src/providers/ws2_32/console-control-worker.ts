/** The thread that waits in the place of Windows' handler thread; see console-control.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import koffi from '../native/koffi.js';
import { RELEASED, SHUTDOWN } from './console-control.js';

const CTRL_CLOSE_EVENT = 2;
const CTRL_LOGOFF_EVENT = 5;
const CTRL_SHUTDOWN_EVENT = 6;
const ENDING: ReadonlySet<number> = new Set([CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT]);

const shared: Int32Array = workerData;
const kernel32 = koffi.load('kernel32.dll');
const HandlerRoutine = koffi.pointer(koffi.proto('int __stdcall HandlerRoutine(uint32_t event)'));
const setHandler: (handler: bigint, add: number) => number = kernel32.func('SetConsoleCtrlHandler', 'int', [
  HandlerRoutine,
  'int',
]);

/** Comes on this thread, while the one that Windows made for the event waits for the result. */
const handle = (event: number): number => {
  if (!ENDING.has(event)) return 0; // FALSE: the next handler; Node makes SIGINT and SIGBREAK of these
  parentPort?.postMessage(SHUTDOWN);
  Atomics.wait(shared, RELEASED, 0);
  return 1; // TRUE: now Windows ends the process
};

const registered = koffi.register(handle, HandlerRoutine); // a reference for as long as Windows has one
if (setHandler(registered, 1) === 0) throw new Error('SetConsoleCtrlHandler failed');

parentPort?.on('message', () => {
  setHandler(registered, 0);
  koffi.unregister(registered);
  parentPort?.close();
});
parentPort?.postMessage('ready');
