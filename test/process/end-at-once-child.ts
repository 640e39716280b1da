/**
 * The child process of end-at-once.test.ts: blocks a thread of the pool for a minute, as a lookup can, and
 * exits.
 */

import { endAtOnceWhile } from '../../src/process/end-at-once.js';
import koffi from '../../src/providers/native/koffi.js';

const sleep =
  process.platform === 'win32'
    ? koffi.load('kernel32.dll').func('void Sleep(uint32_t)')
    : koffi.load('libc.so.6').func('int usleep(uint32_t)');
const MINUTE = process.platform === 'win32' ? 60_000 : 60_000_000;

await endAtOnceWhile(() => true);
sleep.async(MINUTE, () => undefined);
setTimeout(() => {
  process.stdout.write('exits\n', () => process.exit(7));
}, 50);
