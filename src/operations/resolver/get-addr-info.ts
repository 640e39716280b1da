import Type, { type Static } from 'typebox';
import type { AddrInfo } from '../../providers/provider.js';
import {
  ADDRESS_FAMILIES,
  AI_FLAGS,
  flagBits,
  nameOf,
  PROTOCOLS,
  SOCKET_TYPES,
} from '../../winsock/constants.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { ADDRESS } from '../schemas/examples.js';
import {
  AddressFamilySchema,
  component,
  keysOf,
  names,
  ProtocolSchema,
  parameters,
  SocketAddressSchema,
  SocketTypeSchema,
  timeoutMs,
} from '../schemas/schemas.js';
import {
  PRINTABLE,
  pathsHaveNoNames,
  RESOLVE_ALSO_SEEN,
  RESOLVE_ERRORS,
  resolverOf,
  resolverProvider,
} from './resolver-choice.js';

const AddrInfoSchema = component(
  'AddrInfo',
  'An address of the name, for connect, bind or sendTo; without type and protocol for any of them.',
  {
    family: names('InternetFamily', ['AF_INET', 'AF_INET6'], 'AF_INET or AF_INET6.'),
    type: Type.Optional(SocketTypeSchema),
    protocol: Type.Optional(ProtocolSchema),
    address: SocketAddressSchema,
  },
);

export const getAddrInfo = operation({
  name: 'getAddrInfo',
  summary: 'Resolve a host and a service name',
  description: [
    'Give `node`, `service` or both. An empty `node` (or `..localmachine`) is every address of this machine,',
    '`localhost` its loopback addresses, no `node` the loopback addresses or, with AI_PASSIVE, the wildcard',
    'ones. An IPv6 address may stand in brackets; a port behind them is ignored: `service` has the port. One',
    'address is one result, with the type and protocol that were asked for. The lab knows numeric addresses,',
    '`localhost` and a few services, and asks no server. The policy is applied later, by connect. Few',
    'lookups run at once; the others queue. `provider` says whose resolver answers; without it the default',
    "provider's.",
  ].join('\n'),
  winsock: ['GetAddrInfoW', 'getaddrinfo'],
  page: 'https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow',
  scope: 'session',
  params: parameters('GetAddrInfoRequest', {
    node: Type.Optional(
      Type.String({ maxLength: 1024, pattern: PRINTABLE, description: 'Host name or numeric address.' }),
    ),
    service: Type.Optional(
      Type.String({ maxLength: 64, pattern: PRINTABLE, description: 'Service name or port number.' }),
    ),
    family: Type.Optional(AddressFamilySchema),
    type: Type.Optional(SocketTypeSchema),
    protocol: Type.Optional(ProtocolSchema),
    flags: Type.Optional(
      Type.Array(names('AddrInfoFlag', keysOf(AI_FLAGS), 'An AI_ flag.'), {
        maxItems: 16,
      }),
    ),
    provider: Type.Optional(resolverProvider),
    timeoutMs,
  }),
  result: component('GetAddrInfoResult', 'The addresses of the name.', {
    addresses: Type.Array(AddrInfoSchema, { description: 'The addresses, the best first.' }),
    canonicalName: Type.Optional(Type.String({ description: 'With AI_CANONNAME.' })),
  }),
  errors: [...RESOLVE_ERRORS, 'WSANO_DATA', 'WSAESOCKTNOSUPPORT', 'WSATYPE_NOT_FOUND'],
  alsoSeen: RESOLVE_ALSO_SEEN,
  example: {
    params: { node: 'localhost', service: '8080', family: 'AF_INET', type: 'SOCK_STREAM', timeoutMs: 5000 },
    result: {
      addresses: [{ family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP', address: ADDRESS }],
    },
  },
  effect: 'read',
  blocking: true,
  async run(session, params, call, daemon) {
    const { node, service, family, type, protocol, flags, provider } = params;
    if (family === 'AF_UNIX') return pathsHaveNoNames('GetAddrInfoW');
    const resolver = resolverOf(session, provider, 'GetAddrInfoW');
    if (!resolver.ok) return resolver;
    const found = await daemon.lookups.run(call, 'GetAddrInfoW', () =>
      resolver.value.getAddrInfo({
        ...(node !== undefined && { node }),
        ...(service !== undefined && { service }),
        flags: flagBits(AI_FLAGS, flags),
        family: ADDRESS_FAMILIES[family ?? 'AF_UNSPEC'],
        socketType: type === undefined ? 0 : SOCKET_TYPES[type],
        protocol: PROTOCOLS[protocol ?? 'IPPROTO_IP'],
      }),
    );
    if (!found.ok) return found;
    const { canonicalName } = found.value[0] ?? {};
    return ok({
      addresses: found.value.map(shown),
      ...(canonicalName !== undefined && { canonicalName }),
    });
  },
});

const shown = ({ address, socketType, protocol }: AddrInfo): Static<typeof AddrInfoSchema> => {
  const type = nameOf(SOCKET_TYPES, socketType);
  const name = protocol === 0 ? undefined : nameOf(PROTOCOLS, protocol);
  return {
    family: address.family,
    ...(type !== undefined && { type }),
    ...(name !== undefined && { protocol: name }),
    address,
  };
};
