import koffi from 'koffi';

/**
 * The functions of glibc that this adapter calls, as koffi declares them. Nothing here is called
 * directly: `call` in call.ts is the one place that does, because it reads errno at once.
 *
 * koffi checks no ranges (an int argument of 2**40 arrives as 0), so the callers validate theirs first.
 * ioctl and fcntl are variadic in C; on x86-64 and AArch64 Linux an argument is passed in the same register either
 * way, and the fixed form is faster.
 */
export interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, name: Uint8Array, length: number) => number;
  readonly listen: (fd: number, backlog: number) => number;
  readonly accept4: (fd: number, name: Uint8Array, length: Int32Array, flags: number) => number;
  readonly connect: (fd: number, name: Uint8Array, length: number) => number;
  readonly send: (fd: number, data: Uint8Array, length: number, flags: number) => number;
  readonly sendto: (
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    name: Uint8Array,
    nameLength: number,
  ) => number;
  readonly recv: (fd: number, into: Uint8Array, length: number, flags: number) => number;
  readonly recvfrom: (
    fd: number,
    into: Uint8Array,
    length: number,
    flags: number,
    name: Uint8Array,
    nameLength: Int32Array,
  ) => number;
  readonly shutdown: (fd: number, how: number) => number;
  readonly getsockname: (fd: number, name: Uint8Array, length: Int32Array) => number;
  readonly getpeername: (fd: number, name: Uint8Array, length: Int32Array) => number;
  readonly getsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: Int32Array,
  ) => number;
  readonly setsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: number,
  ) => number;
  readonly ioctl: (fd: number, request: number, argument: Uint8Array) => number;
  readonly fcntl: (fd: number, command: number, argument: number) => number;
  readonly close: (fd: number) => number;
  readonly poll: (fds: Uint8Array, count: number, timeout: number) => number;
  readonly epoll_create1: (flags: number) => number;
  readonly epoll_ctl: (epfd: number, op: number, fd: number, event: Uint8Array) => number;
  readonly epoll_wait: (epfd: number, events: Uint8Array, most: number, timeout: number) => number;
}

/** The architectures whose errno numbers and struct layouts are those of asm-generic, little-endian. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * Loads glibc.
 *
 * @throws Error on another system than Linux with glibc on x64 or arm64; says which
 */
export const loadLibc = ({ platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process): Libc => {
  if (platform !== 'linux' || !ARCHITECTURES.includes(arch)) {
    throw new Error(
      `the posix provider needs Linux on ${ARCHITECTURES.join(' or ')}; this is ${platform} on ${arch}`,
    );
  }
  const c = openGlibc();
  return {
    socket: c.func('int socket(int, int, int)'),
    bind: c.func('int bind(int, const void *, uint32_t)'),
    listen: c.func('int listen(int, int)'),
    accept4: c.func('int accept4(int, void *, void *, int)'),
    connect: c.func('int connect(int, const void *, uint32_t)'),
    send: c.func('intptr_t send(int, const void *, size_t, int)'),
    sendto: c.func('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    recv: c.func('intptr_t recv(int, void *, size_t, int)'),
    recvfrom: c.func('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
    shutdown: c.func('int shutdown(int, int)'),
    getsockname: c.func('int getsockname(int, void *, void *)'),
    getpeername: c.func('int getpeername(int, void *, void *)'),
    getsockopt: c.func('int getsockopt(int, int, int, void *, void *)'),
    setsockopt: c.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    ioctl: c.func('int ioctl(int, unsigned long, void *)'),
    fcntl: c.func('int fcntl(int, int, int)'),
    close: c.func('int close(int)'),
    poll: c.func('int poll(void *, unsigned long, int)'),
    epoll_create1: c.func('int epoll_create1(int)'),
    epoll_ctl: c.func('int epoll_ctl(int, int, int, void *)'),
    epoll_wait: c.func('int epoll_wait(int, void *, int, int)'),
  };
};

const openGlibc = () => {
  try {
    return koffi.load('libc.so.6');
  } catch (cause) {
    throw new Error('the posix provider needs glibc (libc.so.6)', { cause });
  }
};
