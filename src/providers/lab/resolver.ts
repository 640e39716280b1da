import { ipv6Literal, matchingHints, withoutBrackets } from '../../winsock/addr-info.js';
import { type InternetAddress, isAddressOf } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, AI_FLAGS, NI_FLAGS, SOCKET_TYPES } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { AddrInfo, AddrInfoQuery, NameInfo, Resolver } from '../provider.js';

const { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW } = SOCKET_TYPES;

/** The services that the lab knows, with their socket types. */
const SERVICES: Readonly<Record<string, { readonly port: number; readonly types: readonly number[] }>> = {
  ftp: { port: 21, types: [SOCK_STREAM] },
  ssh: { port: 22, types: [SOCK_STREAM] },
  domain: { port: 53, types: [SOCK_STREAM, SOCK_DGRAM] },
  http: { port: 80, types: [SOCK_STREAM] },
  https: { port: 443, types: [SOCK_STREAM] },
};

const FAMILIES: readonly number[] = Object.values(ADDRESS_FAMILIES);
const TYPES: readonly number[] = [0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW];

const v6 = (address: string): InternetAddress => ({ family: 'AF_INET6', address, port: 0 });
const v4 = (address: string): InternetAddress => ({ family: 'AF_INET', address, port: 0 });
const LOOPBACKS: readonly InternetAddress[] = [v6('::1'), v4('127.0.0.1')];
const WILDCARDS: readonly InternetAddress[] = [v4('0.0.0.0'), v6('::')];

/** The only name of the lab's only host. */
const HOST = 'localhost';

const getAddrInfo = async (query: AddrInfoQuery): Promise<Outcome<readonly AddrInfo[]>> => {
  const call = 'GetAddrInfoW';
  const { service, flags, socketType, protocol } = query;
  const node = query.node && (withoutBrackets(query.node) ?? query.node);
  if (!FAMILIES.includes(query.family)) return fail('WSAEAFNOSUPPORT', call);
  if (!TYPES.includes(socketType)) return fail('WSAESOCKTNOSUPPORT', call);
  if (node === undefined && service === undefined) return fail('WSAHOST_NOT_FOUND', call);
  if (node === undefined && flags & AI_FLAGS.AI_CANONNAME) return fail('WSAEINVAL', call);
  const port = portOf(query);
  if (!port.ok) return port;
  const wanted = matchingHints(addressesOf(node, flags), query.family, flags);
  if (wanted.length === 0) return fail('WSAHOST_NOT_FOUND', call);
  const canonicalName = isNumeric(node ?? '') ? node : HOST;
  return ok(
    wanted.map((address, i) => ({
      family: ADDRESS_FAMILIES[address.family],
      socketType,
      protocol,
      address: { ...address, port: port.value },
      ...(i === 0 && canonicalName && flags & AI_FLAGS.AI_CANONNAME ? { canonicalName } : {}),
    })),
  );
};

const isNumeric = (node: string): boolean => isAddressOf('AF_INET', node) || ipv6Literal(node) !== undefined;

const addressesOf = (node: string | undefined, flags: number): readonly InternetAddress[] => {
  if (node === undefined) return flags & AI_FLAGS.AI_PASSIVE ? WILDCARDS : LOOPBACKS;
  if (isAddressOf('AF_INET', node)) return [v4(node)];
  const literal = ipv6Literal(node);
  if (literal) return [literal];
  const isHost = ['', HOST, '..localmachine'].includes(node.toLowerCase());
  return isHost && !(flags & AI_FLAGS.AI_NUMERICHOST) ? LOOPBACKS : [];
};

const portOf = ({ service, flags, socketType }: AddrInfoQuery): Outcome<number> => {
  const call = 'GetAddrInfoW';
  if (service === undefined || service === '') return ok(0);
  if (/^\d+$/.test(service)) {
    return Number(service) <= 65_535 ? ok(Number(service)) : fail('WSATYPE_NOT_FOUND', call);
  }
  if (flags & AI_FLAGS.AI_NUMERICSERV) return fail('WSAHOST_NOT_FOUND', call);
  const row = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined;
  const isOfType = row !== undefined && (socketType === 0 || row.types.includes(socketType));
  return isOfType ? ok(row.port) : fail('WSATYPE_NOT_FOUND', call);
};

const getNameInfo = async (address: InternetAddress, flags: number): Promise<Outcome<NameInfo>> => {
  const isHost = LOOPBACKS.some((own) => own.address === address.address);
  const named = isHost && !(flags & NI_FLAGS.NI_NUMERICHOST);
  if (!named && flags & NI_FLAGS.NI_NAMEREQD) return fail('WSAHOST_NOT_FOUND', 'GetNameInfoW');
  const type = flags & NI_FLAGS.NI_DGRAM ? SOCK_DGRAM : SOCK_STREAM;
  const service =
    flags & NI_FLAGS.NI_NUMERICSERV
      ? undefined
      : Object.entries(SERVICES).find(([, row]) => row.port === address.port && row.types.includes(type));
  return ok({ node: named ? HOST : address.address, service: service?.[0] ?? String(address.port) });
};

/** Resolves numeric literals and the name of the lab's host, without any name server. */
export const labResolver: Resolver = { getAddrInfo, getNameInfo };
