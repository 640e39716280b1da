import koffi from '../native/koffi.js';

/**
 * Ends this process with TerminateProcess: at once, without waiting for the threads of libuv's pool. One that
 * blocks in GetAddrInfoW would hold process.exit for as long as the name servers are tried.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess
 *
 * @param code the exit code
 */
export const endProcess = (code: number): void => {
  const kernel32 = koffi.load('kernel32.dll');
  const current: () => number = kernel32.func('GetCurrentProcess', 'intptr_t', []);
  const terminate = kernel32.func('TerminateProcess', 'int', ['intptr_t', 'uint32_t']);
  terminate(current(), code >>> 0);
};
