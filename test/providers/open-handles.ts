import { readdirSync } from 'node:fs';
import koffi from '../../src/providers/native/koffi.js';

/** The pseudo handle of this process. */
const THIS_PROCESS = -1;

const countOfWindows = (): (() => number) => {
  const count = koffi
    .load('kernel32.dll')
    .func('int GetProcessHandleCount(intptr_t process, _Out_ uint32_t *count)');
  return () => {
    const out: number[] = [0];
    if (count(THIS_PROCESS, out) === 0) throw new Error('GetProcessHandleCount failed');
    return out[0] ?? 0;
  };
};

/**
 * The number of native handles of this process: descriptors on Linux, kernel handles on Windows.
 *
 * Source:
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesshandlecount
 */
export const openHandles: () => number =
  process.platform === 'win32' ? countOfWindows() : () => readdirSync('/proc/self/fd').length;
