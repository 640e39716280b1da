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
    const wanted = new Wanted(request);
    if (wanted.isNothing) {
      return fail('WSAEINVAL', 'WSASocket', {
        detail: 'give a family or a protocol, a provider, or a catalogEntryId.',
      });
    }
    for (const provider of this.#providers) {
      // As read before: to open a socket need not ask the system for its catalog again.
      for (const entry of provider.protocols) {
        if (
          wanted.isNamed(entry) &&
          wanted.isOfFamily(entry) &&
          wanted.isOfType(entry) &&
          wanted.takes(entry)
        ) {
          return ok({ provider, entry, protocol: wanted.protocol });
        }
      }
    }
    return this.#noEntry(request, wanted);
  }

  /** Why none fits: the first thing that no entry has. */
  #noEntry({ provider, catalogEntryId }: EntryRequest, wanted: Wanted): Outcome<never> {
    const all = this.#providers.flatMap(({ protocols }) => protocols);
    if (provider !== undefined && !all.some((entry) => entry.provider === provider)) {
      return fail('WSAEINVAL', 'WSASocket', { detail: `this daemon has no provider ${provider}.` });
    }
    const named = all.filter((entry) => wanted.isNamed(entry));
    if (catalogEntryId !== undefined && named.length === 0) {
      return fail('WSAEINVAL', 'WSASocket', { detail: 'the catalog has no entry with this id.' });
    }
    // A type that none has comes before a family that none has, as on Windows (test_WSASocket of Wine's sock.c).
    if (!named.some((entry) => wanted.isOfType(entry))) return fail('WSAESOCKTNOSUPPORT', 'WSASocket');
    const ofFamily = named.filter((entry) => wanted.isOfFamily(entry));
    if (ofFamily.length === 0) return fail('WSAEAFNOSUPPORT', 'WSASocket');
    if (!ofFamily.some((entry) => wanted.isOfType(entry))) return fail('WSAESOCKTNOSUPPORT', 'WSASocket');
    // Also for a protocol of another type, for which the page of socket has WSAEPROTOTYPE.
    return fail('WSAEPROTONOSUPPORT', 'WSASocket');
  }
}

/** The numbers of a request, and which entries fit each of them. */
class Wanted {
  readonly #request: EntryRequest;
  readonly #family: number;
  readonly #type: number;
  readonly protocol: number;

  constructor(request: EntryRequest) {
    this.#request = request;
    this.#family = ADDRESS_FAMILIES[request.family ?? 'AF_UNSPEC'];
    this.#type = request.type === undefined ? 0 : SOCKET_TYPES[request.type];
    this.protocol = PROTOCOLS[request.protocol ?? 'IPPROTO_IP'];
  }

  get #byId(): boolean {
    return this.#request.catalogEntryId !== undefined;
  }

  /** Whether the request says nothing to choose by. */
  get isNothing(): boolean {
    return !this.#byId && this.#request.provider === undefined && this.#family === 0 && this.protocol === 0;
  }

  /** Of the provider and with the id that the request names, where it does. */
  isNamed(entry: ProtocolInfo): boolean {
    const { provider, catalogEntryId } = this.#request;
    return (
      (provider === undefined || entry.provider === provider) &&
      (catalogEntryId === undefined || entry.catalogEntryId === catalogEntryId)
    );
  }

  /** A request without a family means a network. */
  isOfFamily({ addressFamily }: ProtocolInfo): boolean {
    return this.#family === 0
      ? this.#byId || addressFamily !== ADDRESS_FAMILIES.AF_UNIX
      : addressFamily === this.#family;
  }

  isOfType({ socketType }: ProtocolInfo): boolean {
    return this.#type === 0 || socketType === this.#type;
  }

  takes(entry: ProtocolInfo): boolean {
    return this.protocol === 0
      ? this.#byId || (entry.providerFlags & PFL.PFL_MATCHES_PROTOCOL_ZERO) !== 0
      : this.protocol >= entry.protocol && this.protocol <= entry.protocol + entry.protocolMaxOffset;
  }
}
