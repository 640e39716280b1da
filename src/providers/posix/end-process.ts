import koffi from '../native/koffi.js';

/**
 * Ends this process at once with _exit(2). process.exit would wait for the threads of libuv's pool, and one
 * in getaddrinfo blocks for as long as the name servers take.
 *
 * @param code the exit code, 0 to 255
 */
export const endProcess = (code: number): void => {
  const exit = koffi.load('libc.so.6').func('void _exit(int)');
  exit(code & 0xff);
};
