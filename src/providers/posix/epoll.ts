/** Constants and structures of epoll_ctl(2) and epoll_wait(2). */

export const EPOLL_CLOEXEC = 0o2000000;
export const CTL = { ADD: 1, DEL: 2, MOD: 3 } as const;
export const EPOLL = {
  IN: 0x1,
  PRI: 0x2,
  OUT: 0x4,
  ERR: 0x8,
  HUP: 0x10,
  RDHUP: 0x2000,
  ONESHOT: 0x40000000,
  ET: 0x80000000,
} as const;

/** struct epoll_event is packed on x86-64 only: epoll_ctl(2). */
export const EVENT_SIZE = process.arch === 'x64' ? 12 : 16;
export const DATA_OFFSET = process.arch === 'x64' ? 4 : 8;
/** How many events one epoll_wait takes. */
export const BATCH = 256;
