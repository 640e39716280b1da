import type { Provider, Resolver } from '../../providers/provider.js';
import { ADDRESS_FAMILIES, PROTOCOLS, SOCKET_TYPES } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import {
  PFL,
  type ProtocolInfo,
  type ProviderName,
  type SocketRequest,
} from '../../winsock/protocol-info.js';

/** The parameters of socket(): family, type and protocol, and optionally a provider or the id of an entry. */
export interface EntryRequest extends SocketRequest {
  readonly provider?: ProviderName;
  readonly catalogEntryId?: number;
}

/** The entry that fits, its provider, and the protocol number to open it with. */
export interface ChosenEntry {
  readonly provider: Provider;
  readonly entry: ProtocolInfo;
  readonly protocol: number;
}

/** The protocol catalog of a session: the entries of its providers, those of the default provider first. */
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

  /** The resolver of the first provider that has one, or of the named provider. */
  resolver(provider?: ProviderName): Resolver | undefined {
    const asked =
      provider === undefined ? this.#providers : this.#providers.filter((p) => p.name === provider);
    return asked.find((p) => p.resolver)?.resolver;
  }

  /**
   * The first entry that fits, as WSASocket chooses it: absent numbers fit any entry, protocol zero only
   * entries with that flag (or one named by its id).
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
   */
  choose(request: EntryRequest): Outcome<ChosenEntry> {
    const wanted = new EntryCriteria(request);
    if (wanted.isNothing) {
      return fail('WSAEINVAL', 'WSASocket', {
        detail: 'give a family or a protocol, a provider, or a catalogEntryId.',
      });
    }
    for (const provider of this.#providers) {
      // The list that was read earlier: opening a socket need not read the system's catalog again.
      for (const entry of provider.protocols) {
        if (
          wanted.isNamed(entry) &&
          wanted.isOfFamily(entry) &&
          wanted.isOfType(entry) &&
          wanted.isOfProtocol(entry)
        ) {
          return ok({ provider, entry, protocol: wanted.protocol });
        }
      }
    }
    return this.#noEntry(request, wanted);
  }

  /** The failure if no entry fits: the first of the criteria that no entry meets decides. */
  #noEntry({ provider, catalogEntryId }: EntryRequest, wanted: EntryCriteria): Outcome<never> {
    const all = this.#providers.flatMap(({ protocols }) => protocols);
    if (provider !== undefined && !all.some((entry) => entry.provider === provider)) {
      return fail('WSAEINVAL', 'WSASocket', { detail: `this daemon has no provider ${provider}.` });
    }
    const named = all.filter((entry) => wanted.isNamed(entry));
    if (catalogEntryId !== undefined && named.length === 0) {
      return fail('WSAEINVAL', 'WSASocket', { detail: 'the catalog has no entry with this id.' });
    }
    // A type that no entry has is reported before such a family, as on Windows (test_WSASocket of Wine's
    // sock.c).
    if (!named.some((entry) => wanted.isOfType(entry))) return fail('WSAESOCKTNOSUPPORT', 'WSASocket');
    const ofFamily = named.filter((entry) => wanted.isOfFamily(entry));
    if (ofFamily.length === 0) return fail('WSAEAFNOSUPPORT', 'WSASocket');
    if (!ofFamily.some((entry) => wanted.isOfType(entry))) return fail('WSAESOCKTNOSUPPORT', 'WSASocket');
    // Also for a protocol of another type, although the page of socket documents WSAEPROTOTYPE for it.
    return fail('WSAEPROTONOSUPPORT', 'WSASocket');
  }
}

/** The numbers of a request, and checks whether an entry fits each of them. */
class EntryCriteria {
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

  /** Whether the request contains nothing to choose by. */
  get isNothing(): boolean {
    return !this.#byId && this.#request.provider === undefined && this.#family === 0 && this.protocol === 0;
  }

  /** Whether the entry has the provider and the id that the request names, if it names them. */
  isNamed(entry: ProtocolInfo): boolean {
    const { provider, catalogEntryId } = this.#request;
    return (
      (provider === undefined || entry.provider === provider) &&
      (catalogEntryId === undefined || entry.catalogEntryId === catalogEntryId)
    );
  }

  /**
   * Whether the entry has the family. A request without a family or an id means any family except AF_UNIX.
   */
  isOfFamily({ addressFamily }: ProtocolInfo): boolean {
    return this.#family === 0
      ? this.#byId || addressFamily !== ADDRESS_FAMILIES.AF_UNIX
      : addressFamily === this.#family;
  }

  isOfType({ socketType }: ProtocolInfo): boolean {
    return this.#type === 0 || socketType === this.#type;
  }

  isOfProtocol(entry: ProtocolInfo): boolean {
    return this.protocol === 0
      ? this.#byId || (entry.providerFlags & PFL.PFL_MATCHES_PROTOCOL_ZERO) !== 0
      : this.protocol >= entry.protocol && this.protocol <= entry.protocol + entry.protocolMaxOffset;
  }
}
