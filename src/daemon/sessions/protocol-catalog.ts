import type { Provider, Resolver } from '../../providers/provider.js';
import { ADDRESS_FAMILIES, PROTOCOLS, SOCKET_TYPES } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import {
  PFL,
  type ProtocolInfo,
  type ProviderName,
  type SocketRequest,
} from '../../winsock/protocol-info.js';

/** What socket() may be asked for: the three numbers, and a provider or an entry by name. */
export interface EntryRequest extends SocketRequest {
  readonly provider?: ProviderName;
  readonly catalogEntryId?: number;
}

/** The entry that fits, the provider behind it, and the protocol number to open it with. */
export interface Choice {
  readonly provider: Provider;
  readonly entry: ProtocolInfo;
  readonly protocol: number;
}

/** One session's protocol catalog: the entries of its providers, the default provider's first. */
export class Catalog {
  readonly #providers: readonly Provider[];

  constructor(providers: readonly Provider[]) {
    this.#providers = providers;
  }

  /** WSAEnumProtocols over all providers. */
  entries(): Outcome<readonly ProtocolInfo[]> {
    const all: ProtocolInfo[] = [];
    for (const provider of this.#providers) {
      const entries = provider.enumProtocols();
      if (!entries.ok) return entries;
      all.push(...entries.value);
    }
    return ok(all);
  }

  /** The resolver of the default provider (of the next one that has one), or of the provider named. */
  resolver(provider?: ProviderName): Resolver | undefined {
    const asked =
      provider === undefined ? this.#providers : this.#providers.filter((p) => p.name === provider);
    return asked.find((p) => p.resolver)?.resolver;
  }

  /**
   * The first entry that fits, as WSASocket chooses: absent numbers fit any entry, protocol zero only
   * entries that say so (or one named by its id).
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
   */
  choose(request: EntryRequest): Outcome<Choice> {
    // As read before: to open a socket need not ask the system for its catalog again.
    const all = this.#providers.flatMap((provider) => provider.protocols);
    const family = ADDRESS_FAMILIES[request.family ?? 'AF_UNSPEC'];
    const type = request.type === undefined ? 0 : SOCKET_TYPES[request.type];
    const protocol = PROTOCOLS[request.protocol ?? 'IPPROTO_IP'];
    const byId = request.catalogEntryId !== undefined;
    if (!byId && request.provider === undefined && family === 0 && protocol === 0) {
      return fail('WSAEINVAL', 'WSASocket', {
        detail: 'give a family or a protocol, a provider, or a catalogEntryId.',
      });
    }
    let left = all;
    const narrow = (fits: (entry: ProtocolInfo) => boolean): boolean => {
      left = left.filter(fits);
      return left.length > 0;
    };
    if (request.provider !== undefined && !narrow((e) => e.provider === request.provider)) {
      return fail('WSAEINVAL', 'WSASocket', { detail: `this daemon has no provider ${request.provider}.` });
    }
    if (byId && !narrow((e) => e.catalogEntryId === request.catalogEntryId)) {
      return fail('WSAEINVAL', 'WSASocket', { detail: 'the catalog has no entry with this id.' });
    }
    // A type that nobody has is said before a family that nobody has, as on Windows (test_WSASocket of Wine's sock.c).
    const ofType = (e: ProtocolInfo): boolean => type === 0 || e.socketType === type;
    if (!left.some(ofType)) return fail('WSAESOCKTNOSUPPORT', 'WSASocket');
    // Who names no family means a network.
    const isMeant = (e: ProtocolInfo): boolean =>
      family === 0 ? byId || e.addressFamily !== ADDRESS_FAMILIES.AF_UNIX : e.addressFamily === family;
    if (!narrow(isMeant)) return fail('WSAEAFNOSUPPORT', 'WSASocket');
    if (!narrow(ofType)) return fail('WSAESOCKTNOSUPPORT', 'WSASocket');
    const takes = (e: ProtocolInfo): boolean =>
      protocol === 0
        ? byId || (e.providerFlags & PFL.PFL_MATCHES_PROTOCOL_ZERO) !== 0
        : protocol >= e.protocol && protocol <= e.protocol + e.protocolMaxOffset;
    // Also for a protocol of another type, for which the page of socket has WSAEPROTOTYPE.
    if (!narrow(takes)) return fail('WSAEPROTONOSUPPORT', 'WSASocket');
    const entry = left[0];
    const provider = this.#providers.find((p) => p.name === entry?.provider);
    if (entry === undefined || provider === undefined) return fail('WSAEPROTONOSUPPORT', 'WSASocket');
    return ok({ provider, entry, protocol });
  }
}
