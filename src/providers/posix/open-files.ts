import { readFileSync } from 'node:fs';

/**
 * How many descriptors this process may have open: RLIMIT_NOFILE of getrlimit(2), for which Node has no
 * call. Infinity where it is unknown.
 */
export const openFilesLimit = (): number => {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
};
