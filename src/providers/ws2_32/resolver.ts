import koffi from 'koffi';
import { type InternetAddress, isInternet } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import { SockaddrBuffer } from '../../winsock/sockaddr.js';
import type { AddrInfo, AddrInfoQuery, NameInfo, Resolver } from '../provider.js';
import { requireInt32 } from './handle-state.js';

/** NI_MAXHOST and NI_MAXSERV of ws2tcpip.h, in characters. */
const NI_MAXHOST = 1025;
const NI_MAXSERV = 32;
/** ADDRINFOW of 64-bit Windows. */
const ADDRINFO_BYTES = 48;

/** A pointer as koffi shows it. */
type Pointer = bigint | null;

/**
 * GetAddrInfoW and GetNameInfoW. They block for as long as the name servers take, so each runs on a thread of
 * libuv's pool; how many at once, the daemon bounds. They answer their code themselves: the last error of the
 * thread is not needed.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
 *
 * @throws an Error on a system other than Windows
 */
export const loadResolver = (): Resolver => {
  const ws2_32 = koffi.load('ws2_32.dll');
  const addrinfo = koffi.struct({
    flags: 'int',
    family: 'int',
    socketType: 'int',
    protocol: 'int',
    length: 'size_t',
    canonicalName: 'void *',
    sockaddr: 'void *',
    next: 'void *',
  });
  const getAddrInfo = ws2_32.func(
    'int GetAddrInfoW(const char16_t *, const char16_t *, const void *, _Out_ void **)',
  );
  const freeAddrInfo = ws2_32.func('void FreeAddrInfoW(void *)');
  const getNameInfo = ws2_32.func(
    'int GetNameInfoW(const void *, int, void *, uint32_t, void *, uint32_t, int)',
  );
  /** koffi does not keep the buffers of a call on a thread alive; they are here until it has ended. */
  const inUse = new Set<readonly Uint8Array[]>();

  /** Runs a call that answers its code, 0 for success. */
  const onThread = <T>(
    call: string,
    buffers: readonly Uint8Array[],
    start: (done: (error: unknown, code: number) => void) => void,
    read: () => T,
  ): Promise<Outcome<T>> =>
    new Promise((resolve, reject) => {
      inUse.add(buffers);
      start((error, code) => {
        inUse.delete(buffers);
        if (error) reject(error);
        else resolve(code === 0 ? ok(read()) : { ok: false, code, call });
      });
    });

  const readList = (first: Pointer): readonly AddrInfo[] => {
    const list: AddrInfo[] = [];
    try {
      for (let at = first; at !== null; ) {
        const one = koffi.decode(at, addrinfo); // typed any by koffi; the members are those of the struct
        const { socketType, protocol } = one;
        const sockaddr: Uint8Array = koffi.decode(
          one.sockaddr,
          koffi.array('uint8_t', Number(one.length), 'Typed'),
        );
        const buffer = new SockaddrBuffer(ADDRESS_FAMILIES);
        buffer.name.set(sockaddr.subarray(0, buffer.name.length));
        const address = buffer.read();
        const canonicalName: string | undefined = one.canonicalName
          ? koffi.decode(one.canonicalName, 'char16_t', -1)
          : undefined;
        if (address && isInternet(address)) {
          list.push({
            family: one.family,
            socketType,
            protocol,
            address,
            ...(canonicalName !== undefined && { canonicalName }),
          });
        }
        at = one.next;
      }
    } finally {
      freeAddrInfo(first);
    }
    return list;
  };

  return {
    getAddrInfo(query: AddrInfoQuery): Promise<Outcome<readonly AddrInfo[]>> {
      const hints = Buffer.alloc(ADDRINFO_BYTES);
      hints.writeInt32LE(query.flags, 0);
      hints.writeInt32LE(query.family, 4);
      hints.writeInt32LE(query.socketType, 8);
      hints.writeInt32LE(query.protocol, 12);
      const out: [Pointer] = [null];
      return onThread(
        'GetAddrInfoW',
        [hints],
        (done) => getAddrInfo.async(query.node ?? null, query.service ?? null, hints, out, done),
        () => readList(out[0]),
      );
    },

    getNameInfo(address: InternetAddress, flags: number): Promise<Outcome<NameInfo>> {
      requireInt32(flags, 'flags');
      const name = new SockaddrBuffer(ADDRESS_FAMILIES); // of this call's own: it is read on another thread
      const length = name.write(address);
      const node = Buffer.alloc(2 * NI_MAXHOST);
      const service = Buffer.alloc(2 * NI_MAXSERV);
      return onThread(
        'GetNameInfoW',
        [name.name, node, service],
        (done) => getNameInfo.async(name.name, length, node, NI_MAXHOST, service, NI_MAXSERV, flags, done),
        () => ({ node: textOf(node), service: textOf(service) }),
      );
    },
  };
};

/** Up to the terminating zero, UTF-16. */
const textOf = (buffer: Buffer): string => {
  const text = buffer.toString('utf16le');
  return text.slice(0, text.indexOf('\0'));
};
