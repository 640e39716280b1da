import { isInternet } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { type Failure, type Outcome, ok } from '../../winsock/outcome.js';
import { type FamilyNumbers, SockaddrBuffer } from '../../winsock/sockaddr.js';
import type { AddrInfo, Resolver } from '../provider.js';
import koffi from './koffi.js';
import { requireInt32 } from './require-int32.js';

/** The library and prototypes of getaddrinfo and getnameinfo on a system. */
export interface ResolverLibrary {
  /** The file that has the functions. */
  readonly file: string;
  /** Prototypes in C. */
  readonly getaddrinfo: string;
  readonly freeaddrinfo: string;
  readonly getnameinfo: string;
  /** The types of the members of struct addrinfo after ai_protocol, in order. */
  readonly addrinfo: Readonly<Record<'length' | 'sockaddr' | 'canonicalName' | 'next', string>>;
  readonly character: {
    readonly type: string;
    readonly bytes: number;
    readonly encoding: 'utf8' | 'utf16le';
  };
  readonly families: FamilyNumbers;
  /**
   * @param code the result of the call, never 0
   * @param errno the errno of its thread
   */
  failureOf(call: string, code: number, errno: number): Failure;
}

/** Sizes of netdb.h and ws2tcpip.h, in characters. */
const NI_MAXHOST = 1025;
const NI_MAXSERV = 32;
/** struct addrinfo of 64 bits. */
const ADDRINFO_BYTES = 48;

/** A pointer as koffi shows it. */
type Pointer = bigint | null;

/**
 * getaddrinfo and getnameinfo of a system, with the native numbers of flags and families. They block for as
 * long as the name servers take, so each call runs on a thread of libuv's pool (koffi's `.async`). The daemon
 * limits how many run at once. A running call cannot be cancelled; it ends within the resolver's own limits.
 *
 * @throws Error on a system without the library
 */
export const loadNativeResolver = (library: ResolverLibrary): Resolver => {
  const { character, families } = library;
  const c = koffi.load(library.file);
  const getaddrinfo = c.func(library.getaddrinfo);
  const freeaddrinfo = c.func(library.freeaddrinfo);
  const getnameinfo = c.func(library.getnameinfo);
  const addrinfo = koffi.struct({
    flags: 'int',
    family: 'int',
    socketType: 'int',
    protocol: 'int',
    ...library.addrinfo,
  });
  /** References to the buffers of running calls, which koffi itself does not keep alive. */
  const inUse = new Set<readonly Uint8Array[]>();

  /** Runs a call that returns an error code, 0 for success. */
  const onThread = <T>(
    call: string,
    buffers: readonly Uint8Array[],
    start: (done: (error: unknown, code: number) => void) => void,
    read: () => T,
  ): Promise<Outcome<T>> =>
    new Promise((resolve, reject) => {
      inUse.add(buffers);
      start((error, code) => {
        const errno = koffi.errno(); // of the call's thread; valid only here
        inUse.delete(buffers);
        if (error) reject(error);
        else resolve(code === 0 ? ok(read()) : library.failureOf(call, code, errno));
      });
    });

  const readList = (first: Pointer): readonly AddrInfo[] => {
    const list: AddrInfo[] = [];
    try {
      for (let at = first; at !== null; ) {
        const one = koffi.decode(at, addrinfo); // typed any by koffi; the members are those of the struct
        const { socketType, protocol } = one;
        const bytes = koffi.array('uint8_t', Number(one.length), 'Typed');
        const sockaddr: Uint8Array = koffi.decode(one.sockaddr, bytes);
        const buffer = new SockaddrBuffer(families);
        buffer.name.set(sockaddr.subarray(0, buffer.name.length));
        const address = buffer.read();
        const canonicalName: string | undefined = one.canonicalName
          ? koffi.decode(one.canonicalName, character.type, -1)
          : undefined;
        if (address && isInternet(address)) {
          const family = ADDRESS_FAMILIES[address.family];
          const named = canonicalName !== undefined && { canonicalName };
          list.push({ family, socketType, protocol, address, ...named });
        }
        at = one.next;
      }
    } finally {
      freeaddrinfo(first);
    }
    return list;
  };

  /** Up to the terminating zero. */
  const textOf = (buffer: Buffer): string => {
    const text = buffer.toString(character.encoding);
    return text.slice(0, text.indexOf('\0'));
  };

  return {
    getAddrInfo({ node, service, flags, family, socketType, protocol }) {
      const hints = Buffer.alloc(ADDRINFO_BYTES);
      hints.writeInt32LE(flags, 0);
      hints.writeInt32LE(family, 4);
      hints.writeInt32LE(socketType, 8);
      hints.writeInt32LE(protocol, 12);
      const out: [Pointer] = [null];
      return onThread(
        getaddrinfo.info.name,
        [hints],
        (done) => getaddrinfo.async(node ?? null, service ?? null, hints, out, done),
        () => readList(out[0]),
      );
    },
    getNameInfo(address, flags) {
      requireInt32(flags, 'flags');
      const buffer = new SockaddrBuffer(families); // one per call, since another thread reads it
      const length = buffer.write(address);
      const { name } = buffer;
      const node = Buffer.alloc(NI_MAXHOST * character.bytes);
      const service = Buffer.alloc(NI_MAXSERV * character.bytes);
      return onThread(
        getnameinfo.info.name,
        [name, node, service],
        (done) => getnameinfo.async(name, length, node, NI_MAXHOST, service, NI_MAXSERV, flags, done),
        () => ({ node: textOf(node), service: textOf(service) }),
      );
    },
  };
};
