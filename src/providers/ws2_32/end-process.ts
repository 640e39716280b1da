import koffi from '../native/koffi.js';

/**
 * Ends this process at once with TerminateProcess. process.exit would wait for the threads of libuv's pool,
 * and one in GetAddrInfoW blocks for as long as the name servers take.
 *
 * Source:
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess
 *
 * @param code the exit code
 */
export const endProcess = (code: number): void => {
  const kernel32 = koffi.load('kernel32.dll');
  const current: () => number = kernel32.func('GetCurrentProcess', 'intptr_t', []);
  const terminate = kernel32.func('TerminateProcess', 'int', ['intptr_t', 'uint32_t']);
  terminate(current(), code >>> 0);
};
