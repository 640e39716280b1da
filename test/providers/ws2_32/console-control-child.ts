/**
 * The child process of console-control.test.ts. It raises a console event in itself as Windows does, with a
 * thread that runs CtrlRoutine, and reports on stdout. Arguments: the event's number, and `drain`, `release`,
 * `exit` or `none`.
 */
import koffi from '../../../src/providers/native/koffi.js';
import { onShutdown } from '../../../src/providers/ws2_32/console-control.js';

const [event = '', what = ''] = process.argv.slice(2);
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const kernel32 = koffi.load('kernel32.dll');
const getModule = kernel32.func('GetModuleHandleW', 'intptr_t', ['str16']);
const getAddress = kernel32.func('GetProcAddress', 'intptr_t', ['intptr_t', 'str']);
const createThread = kernel32.func('CreateThread', 'intptr_t', [
  'intptr_t',
  'size_t',
  'intptr_t',
  'intptr_t',
  'uint32_t',
  'intptr_t',
]);

const handler = onShutdown(() => {
  say('asked to shut down');
  // Work on the event loop, which would not be done if the handler had returned.
  setTimeout(() => {
    say('drained');
    process.exit(3);
  }, 300);
});
await handler.ready;
const raise = (): void =>
  createThread(0, 0, getAddress(getModule('kernelbase.dll'), 'CtrlRoutine'), Number(event), 0, 0);
if (what === 'release') handler.release();
process.once('SIGBREAK', () => {
  say('SIGBREAK');
  process.exit(4);
});
if (what === 'exit') {
  process.once('exit', () => {
    say('exits');
    for (let i = 0; i < 20; i++) raise();
  });
  process.exit(5);
}
setTimeout(() => {
  if (what === 'none') return say('ends by itself');
  raise();
  setTimeout(() => say('goes on'), 20_000);
}, 200);
