import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { domainToASCII } from 'node:url';
import { matchingHints, withoutBrackets } from '../../winsock/addr-info.js';
import { type InternetAddress, isAddressOf, withPort } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, AI_FLAGS, NI_FLAGS, nameOf, SOCKET_TYPES } from '../../winsock/constants.js';
import { WSA_ERRORS, type WsaName } from '../../winsock/errors.js';
import { type Failure, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { loadNativeResolver } from '../native/native-resolver.js';
import type { AddrInfo, AddrInfoQuery, NameInfo, Resolver } from '../provider.js';
import { wsaCodeOf } from './errno.js';
import { LINUX_FAMILY } from './sockaddr.js';

/** Linux bits of the flags: netdb.h. */
const LINUX_AI: Readonly<Record<keyof typeof AI_FLAGS, number>> = {
  AI_PASSIVE: 0x1,
  AI_CANONNAME: 0x2,
  AI_NUMERICHOST: 0x4,
  AI_NUMERICSERV: 0x400,
  AI_ALL: 0x10,
  AI_ADDRCONFIG: 0x20,
  AI_V4MAPPED: 0x8,
};
const LINUX_NI: Readonly<Record<keyof typeof NI_FLAGS, number>> = {
  NI_NOFQDN: 0x4,
  NI_NUMERICHOST: 0x1,
  NI_NAMEREQD: 0x8,
  NI_NUMERICSERV: 0x2,
  NI_DGRAM: 0x10,
};

/** EAI_ codes of gai_strerror(3) except EAI_SYSTEM, which stands for errno. */
const CODES: Readonly<Record<number, WsaName>> = {
  [-1]: 'WSAEINVAL', // EAI_BADFLAGS
  [-2]: 'WSAHOST_NOT_FOUND', // EAI_NONAME
  [-3]: 'WSATRY_AGAIN', // EAI_AGAIN
  [-4]: 'WSANO_RECOVERY', // EAI_FAIL
  [-5]: 'WSANO_DATA', // EAI_NODATA
  [-6]: 'WSAEAFNOSUPPORT', // EAI_FAMILY
  [-7]: 'WSAESOCKTNOSUPPORT', // EAI_SOCKTYPE
  [-8]: 'WSATYPE_NOT_FOUND', // EAI_SERVICE
  [-9]: 'WSAHOST_NOT_FOUND', // EAI_ADDRFAMILY: a literal of another family
  [-10]: 'WSA_NOT_ENOUGH_MEMORY', // EAI_MEMORY
  [-12]: 'WSAEFAULT', // EAI_OVERFLOW
};
const EAI_SYSTEM = -11;

/** The types of Windows; glibc would also return SCTP for SOCK_SEQPACKET. */
const TYPES: readonly number[] = [
  0,
  SOCKET_TYPES.SOCK_STREAM,
  SOCKET_TYPES.SOCK_DGRAM,
  SOCKET_TYPES.SOCK_RAW,
];

/**
 * GetAddrInfoW and GetNameInfoW over glibc, with the rules of Windows: the empty name is this machine,
 * `localhost` is never sent to a name server, and each address is one result, with the requested type and
 * protocol.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
 */
export class PosixResolver implements Resolver {
  readonly #glibc: Resolver;

  /** @param glibc the native resolver, with Linux numbers and the failures of `failureOf` */
  constructor(glibc: Resolver) {
    this.#glibc = glibc;
  }

  /** @throws Error on a system without glibc */
  static load(): PosixResolver {
    return new PosixResolver(
      loadNativeResolver({
        file: 'libc.so.6',
        getaddrinfo: 'int getaddrinfo(const char *, const char *, const void *, _Out_ void **)',
        freeaddrinfo: 'void freeaddrinfo(void *)',
        getnameinfo: 'int getnameinfo(const void *, uint32_t, void *, uint32_t, void *, uint32_t, int)',
        addrinfo: { length: 'uint32_t', sockaddr: 'void *', canonicalName: 'void *', next: 'void *' },
        character: { type: 'char', bytes: 1, encoding: 'utf8' },
        families: LINUX_FAMILY,
        failureOf,
      }),
    );
  }

  async getAddrInfo(query: AddrInfoQuery): Promise<Outcome<readonly AddrInfo[]>> {
    const { service } = query;
    if (!TYPES.includes(query.socketType)) return fail('WSAESOCKTNOSUPPORT', 'getaddrinfo');
    // glibc would cut the number to 16 bits.
    if (service !== undefined && /^\d+$/.test(service) && Number(service) > 65_535) {
      return fail('WSATYPE_NOT_FOUND', 'getaddrinfo');
    }
    const own = ownAddresses(query.node);
    if (own) return this.#ofThisMachine(query, own);
    const node = query.node === undefined ? undefined : asciiOf(withoutBrackets(query.node) ?? '');
    if (node === '') return fail('WSAHOST_NOT_FOUND', 'getaddrinfo');
    const found = await this.#lookUp(node === undefined ? query : { ...query, node });
    if (!found.ok) return found;
    return ok(
      answers(
        query,
        found.value.map(({ address }) => address),
        found.value[0]?.canonicalName,
      ),
    );
  }

  getNameInfo(address: InternetAddress, flags: number): Promise<Outcome<NameInfo>> {
    return this.#glibc.getNameInfo(address, translated(flags, NI_FLAGS, LINUX_NI));
  }

  /** Answers for a name of this machine; looks up only the service. */
  async #ofThisMachine(query: AddrInfoQuery, own: OwnAddresses): Promise<Outcome<readonly AddrInfo[]>> {
    if (query.flags & AI_FLAGS.AI_NUMERICHOST) return fail('WSAHOST_NOT_FOUND', 'getaddrinfo');
    const flags = query.flags & AI_FLAGS.AI_NUMERICSERV;
    const found = await this.#lookUp({
      ...query,
      node: '127.0.0.1',
      family: ADDRESS_FAMILIES.AF_INET,
      flags,
    });
    if (!found.ok) return found;
    const { port } = found.value[0]?.address ?? { port: 0 };
    const wanted = matchingHints(own.addresses, query.family, query.flags);
    if (wanted.length === 0) return fail('WSANO_DATA', 'getaddrinfo');
    return ok(
      answers(
        query,
        wanted.map((address) => withPort(address, port)),
        query.flags & AI_FLAGS.AI_CANONNAME ? own.name : undefined,
      ),
    );
  }

  async #lookUp(query: AddrInfoQuery): Promise<Outcome<readonly AddrInfo[]>> {
    const family = nameOf(ADDRESS_FAMILIES, query.family);
    if (family === undefined) return fail('WSAEAFNOSUPPORT', 'getaddrinfo');
    return this.#glibc.getAddrInfo({
      ...query,
      flags: translated(query.flags, AI_FLAGS, LINUX_AI),
      family: LINUX_FAMILY[family],
      socketType: takesNoPort(query) ? 0 : query.socketType,
      // Windows permits a type and protocol that contradict each other; glibc does not.
      protocol: query.socketType === 0 ? query.protocol : 0,
    });
  }
}

/**
 * glibc rejects any service for SOCK_RAW, even a port number; Windows accepts a port number for every type.
 */
const takesNoPort = ({ socketType, service }: AddrInfoQuery): boolean =>
  socketType === SOCKET_TYPES.SOCK_RAW && service !== undefined && /^\d+$/.test(service);

interface OwnAddresses {
  readonly name: string;
  readonly addresses: readonly InternetAddress[];
}

/** The addresses of the names that mean this machine; undefined for any other name. */
const ownAddresses = (node: string | undefined): OwnAddresses | undefined => {
  const loopback = () =>
    interfaceAddresses(({ internal, address }) => internal && LOOPBACK.includes(address));
  if (node?.toLowerCase() === 'localhost') return { name: 'localhost', addresses: loopback() };
  if (node !== '' && node?.toLowerCase() !== '..localmachine') return undefined;
  const outward = interfaceAddresses(({ internal }) => !internal);
  return { name: hostname(), addresses: outward.length > 0 ? outward : loopback() };
};

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

/** IPv6 before IPv4, as both systems sort them. */
const interfaceAddresses = (isIt: (one: NetworkInterfaceInfo) => boolean): readonly InternetAddress[] => {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = all.filter(isIt);
  return ['IPv6', 'IPv4'].flatMap((family) => found.filter((one) => one.family === family).map(addressOf));
};

const addressOf = (one: NetworkInterfaceInfo): InternetAddress => {
  const { address } = one;
  if (one.family === 'IPv4') return { family: 'AF_INET', address, port: 0 };
  return { family: 'AF_INET6', address, port: 0, ...(one.scopeid > 0 && { scopeId: one.scopeid }) };
};

/** The name for name servers; as on Windows, an internationalised name is in its ASCII form. */
const asciiOf = (node: string): string =>
  /^[\x20-\x7e]*$/.test(node) || isAddressOf('AF_INET6', node) ? node : domainToASCII(node);

/** One result for each address; glibc returns one for each type of the service. */
const answers = (
  { socketType, protocol }: AddrInfoQuery,
  addresses: readonly InternetAddress[],
  canonicalName: string | undefined,
): readonly AddrInfo[] => {
  const unique = new Map(addresses.map((address) => [JSON.stringify(address), address]));
  return [...unique.values()].map((address, i) => ({
    family: ADDRESS_FAMILIES[address.family],
    socketType,
    protocol,
    address,
    ...(i === 0 && canonicalName !== undefined && { canonicalName }),
  }));
};

/** Translates Windows flags to Linux flags. */
const translated = <T extends string>(
  bits: number,
  windows: Readonly<Record<T, number>>,
  linux: Readonly<Record<T, number>>,
): number => {
  let translation = 0;
  for (const name in windows) if (bits & windows[name]) translation |= linux[name];
  return translation;
};

/** @param eai an EAI_ code; for EAI_SYSTEM errno has the reason */
export const failureOf = (call: string, eai: number, errno: number): Failure => {
  const name = eai === EAI_SYSTEM ? undefined : (CODES[eai] ?? 'WSANO_RECOVERY');
  if (name !== undefined) return fail(name, call);
  const code = errno === 0 ? WSA_ERRORS.WSANO_RECOVERY.code : wsaCodeOf(errno);
  return { ok: false, code, call, detail: `errno ${errno}` };
};
