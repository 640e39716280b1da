import koffi from 'koffi';

/**
 * getaddrinfo and getnameinfo of glibc. They block for as long as the name servers take, so each call runs
 * on a thread of libuv's pool (koffi's `.async`); how many at once, the daemon bounds. A call that is under
 * way cannot be taken back; it ends within the resolver's own limits (resolv.conf(5), timeout and attempts).
 */

/** struct addrinfo, the numbers as Linux has them. */
export interface NativeAddrInfo {
  readonly sockaddr: Uint8Array;
  readonly canonicalName: string | undefined;
}

export interface NativeHints {
  readonly flags: number;
  readonly family: number;
  readonly socketType: number;
  readonly protocol: number;
}

/** What a call gave, or the EAI_ code it answered, with errno for EAI_SYSTEM. */
export type Looked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly eai: number; readonly errno: number };

export interface ResolverLibrary {
  getaddrinfo(
    node: string | undefined,
    service: string | undefined,
    hints: NativeHints,
  ): Promise<Looked<readonly NativeAddrInfo[]>>;
  getnameinfo(sockaddr: Uint8Array, flags: number): Promise<Looked<{ node: string; service: string }>>;
}

/** Sizes of netdb.h. */
const NI_MAXHOST = 1025;
const NI_MAXSERV = 32;
const ADDRINFO_BYTES = 48;

/** A pointer as koffi shows it. */
type Pointer = bigint | null;

/** @throws Error on a system without glibc */
export const loadResolverLibrary = (): ResolverLibrary => {
  const c = koffi.load('libc.so.6');
  const addrinfo = koffi.struct({
    flags: 'int',
    family: 'int',
    socketType: 'int',
    protocol: 'int',
    length: 'uint32_t',
    sockaddr: 'void *',
    canonicalName: 'void *',
    next: 'void *',
  });
  const getaddrinfo = c.func('int getaddrinfo(const char *, const char *, const void *, _Out_ void **)');
  const freeaddrinfo = c.func('void freeaddrinfo(void *)');
  const getnameinfo = c.func(
    'int getnameinfo(const void *, uint32_t, void *, uint32_t, void *, uint32_t, int)',
  );
  /** koffi does not keep the buffers of a call on a thread alive; they are here until it has ended. */
  const inUse = new Set<readonly Uint8Array[]>();

  /** Runs a call on a thread; 0 is success. */
  const onThread = <T>(
    buffers: readonly Uint8Array[],
    start: (done: (error: unknown, eai: number) => void) => void,
    read: () => T,
  ): Promise<Looked<T>> =>
    new Promise((resolve, reject) => {
      inUse.add(buffers);
      const done = (error: unknown, eai: number): void => {
        const errno = koffi.errno(); // the thread's, and only here
        inUse.delete(buffers);
        if (error) reject(error);
        else resolve(eai === 0 ? { ok: true, value: read() } : { ok: false, eai, errno });
      };
      start(done);
    });

  const readList = (first: Pointer): readonly NativeAddrInfo[] => {
    const list: NativeAddrInfo[] = [];
    try {
      for (let at = first; at !== null; ) {
        const one = koffi.decode(at, addrinfo); // typed any by koffi; the members are those of the struct
        const canonicalName: string | undefined = one.canonicalName
          ? koffi.decode(one.canonicalName, 'char', -1)
          : undefined;
        const sockaddr: Uint8Array = koffi.decode(one.sockaddr, koffi.array('uint8_t', one.length, 'Typed'));
        list.push({ sockaddr: Uint8Array.from(sockaddr), canonicalName });
        at = one.next;
      }
    } finally {
      freeaddrinfo(first);
    }
    return list;
  };

  return {
    getaddrinfo(node, service, hints) {
      const given = Buffer.alloc(ADDRINFO_BYTES);
      given.writeInt32LE(hints.flags, 0);
      given.writeInt32LE(hints.family, 4);
      given.writeInt32LE(hints.socketType, 8);
      given.writeInt32LE(hints.protocol, 12);
      const out: [Pointer] = [null];
      return onThread(
        [given],
        (done) => getaddrinfo.async(node ?? null, service ?? null, given, out, done),
        () => readList(out[0]),
      );
    },
    getnameinfo(sockaddr, flags) {
      const node = Buffer.alloc(NI_MAXHOST);
      const service = Buffer.alloc(NI_MAXSERV);
      const { length } = sockaddr;
      return onThread(
        [sockaddr, node, service],
        (done) => getnameinfo.async(sockaddr, length, node, NI_MAXHOST, service, NI_MAXSERV, flags, done),
        () => ({ node: textOf(node), service: textOf(service) }),
      );
    },
  };
};

const textOf = (buffer: Buffer): string => buffer.toString('utf8', 0, buffer.indexOf(0));
