import koffi from '../native/koffi.js';

/**
 * The functions of glibc that this adapter calls, as koffi declares them. Only `call` in native-call.ts
 * calls them, because it reads errno at once.
 *
 * koffi checks no ranges (an int argument of 2**40 arrives as 0), so the callers check their arguments.
 * ioctl and fcntl are variadic in C. On x86-64 and AArch64 Linux a fixed argument uses the same register, and
 * the fixed form is faster.
 */
export type Libc = Readonly<ReturnType<typeof loadLibc>>;

/** The architectures whose errno numbers and struct layouts are those of asm-generic, little-endian. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * Loads glibc.
 *
 * @throws Error on a system other than Linux with glibc on x64 or arm64; its message names the system
 */
export const loadLibc = ({ platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process) => {
  if (platform !== 'linux' || !ARCHITECTURES.includes(arch)) {
    throw new Error(
      `the posix provider needs Linux on ${ARCHITECTURES.join(' or ')}; this is ${platform} on ${arch}`,
    );
  }
  const c = openGlibc();
  const native = <A extends readonly unknown[]>(prototype: string): ((...args: A) => number) =>
    c.func(prototype);
  return {
    socket: native<[domain: number, type: number, protocol: number]>('int socket(int, int, int)'),
    bind: native<[fd: number, name: Uint8Array, length: number]>('int bind(int, const void *, uint32_t)'),
    listen: native<[fd: number, backlog: number]>('int listen(int, int)'),
    accept4: native<[fd: number, name: Uint8Array, length: Int32Array, flags: number]>(
      'int accept4(int, void *, void *, int)',
    ),
    connect: native<[fd: number, name: Uint8Array, length: number]>(
      'int connect(int, const void *, uint32_t)',
    ),
    send: native<[fd: number, data: Uint8Array, length: number, flags: number]>(
      'intptr_t send(int, const void *, size_t, int)',
    ),
    sendto: native<
      [fd: number, data: Uint8Array, length: number, flags: number, name: Uint8Array, nameLength: number]
    >('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    recv: native<[fd: number, into: Uint8Array, length: number, flags: number]>(
      'intptr_t recv(int, void *, size_t, int)',
    ),
    recvfrom: native<
      [fd: number, into: Uint8Array, length: number, flags: number, name: Uint8Array, nameLength: Int32Array]
    >('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
    sendmsg: native<[fd: number, message: Uint8Array, flags: number]>(
      'intptr_t sendmsg(int, const void *, int)',
    ),
    recvmsg: native<[fd: number, message: Uint8Array, flags: number]>('intptr_t recvmsg(int, void *, int)'),
    shutdown: native<[fd: number, how: number]>('int shutdown(int, int)'),
    getsockname: native<[fd: number, name: Uint8Array, length: Int32Array]>(
      'int getsockname(int, void *, void *)',
    ),
    getpeername: native<[fd: number, name: Uint8Array, length: Int32Array]>(
      'int getpeername(int, void *, void *)',
    ),
    getsockopt: native<[fd: number, level: number, option: number, value: Uint8Array, length: Int32Array]>(
      'int getsockopt(int, int, int, void *, void *)',
    ),
    setsockopt: native<[fd: number, level: number, option: number, value: Uint8Array, length: number]>(
      'int setsockopt(int, int, int, const void *, uint32_t)',
    ),
    attachReuseportFilter: reuseportFilter(c),
    ioctl: native<[fd: number, request: number, argument: Uint8Array]>(
      'int ioctl(int, unsigned long, void *)',
    ),
    fcntl: native<[fd: number, command: number, argument: number]>('int fcntl(int, int, int)'),
    close: native<[fd: number]>('int close(int)'),
    poll: native<[fds: Uint8Array, count: number, timeout: number]>('int poll(void *, unsigned long, int)'),
    epoll_create1: native<[flags: number]>('int epoll_create1(int)'),
    epoll_ctl: native<[epfd: number, op: number, fd: number, event: Uint8Array]>(
      'int epoll_ctl(int, int, int, void *)',
    ),
    epoll_wait: native<[epfd: number, events: Uint8Array, most: number, timeout: number]>(
      'int epoll_wait(int, void *, int, int)',
    ),
  };
};

/** struct sock_fprog of linux/filter.h, a program of classic BPF. */
export interface SocketFilter {
  readonly len: number;
  readonly filter: readonly {
    readonly code: number;
    readonly jt: number;
    readonly jf: number;
    readonly k: number;
  }[];
}

/** SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF: socket(7). */
const ATTACH = [1, 51] as const;

/** The only option whose value contains a pointer. */
const reuseportFilter = (c: ReturnType<typeof koffi.load>) => {
  const instruction = koffi.struct({ code: 'uint16_t', jt: 'uint8_t', jf: 'uint8_t', k: 'uint32_t' });
  const program = koffi.struct({ len: 'uint16_t', filter: koffi.pointer(instruction) });
  const set = c.func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(program), 'uint32_t']);
  const length = koffi.sizeof(program);
  return (fd: number, filter: SocketFilter): number => set(fd, ...ATTACH, filter, length);
};

const openGlibc = () => {
  try {
    return koffi.load('libc.so.6');
  } catch (cause) {
    throw new Error('the posix provider needs glibc (libc.so.6)', { cause });
  }
};
