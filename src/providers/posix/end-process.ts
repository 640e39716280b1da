import koffi from '../native/koffi.js';

/**
 * Ends this process as _exit(2) does: at once, without waiting for the threads of libuv's pool. One that
 * blocks in getaddrinfo would hold process.exit for as long as the name servers are tried.
 *
 * @param code the exit code, 0 to 255
 */
export const endProcess = (code: number): void => {
  const exit = koffi.load('libc.so.6').func('void _exit(int)');
  exit(code & 0xff);
};
