import Type from 'typebox';
import { isInternet } from '../../winsock/addresses.js';
import { flagBits, NI_FLAGS } from '../../winsock/constants.js';
import { operation } from '../operation.js';
import { ADDRESS } from '../schemas/examples.js';
import { component, keysOf, names, parameters, SocketAddressSchema, timeoutMs } from '../schemas/schemas.js';
import {
  pathsHaveNoNames,
  RESOLVE_ALSO_SEEN,
  RESOLVE_ERRORS,
  resolverOf,
  resolverProvider,
} from './resolver-choice.js';

export const getNameInfo = operation({
  name: 'getNameInfo',
  summary: 'The host and service name of an address',
  description: [
    'An address or port without a name is answered in numbers, unless NI_NAMEREQD requires a host name. Few',
    'lookups run at once; the others queue. `provider` says whose resolver answers; without it the default',
    "provider's.",
  ].join('\n'),
  winsock: ['GetNameInfoW', 'getnameinfo'],
  page: 'https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getnameinfow',
  scope: 'session',
  params: parameters('GetNameInfoRequest', {
    address: SocketAddressSchema,
    flags: Type.Optional(
      Type.Array(names('NameInfoFlag', keysOf(NI_FLAGS), 'An NI_ flag.'), {
        maxItems: 16,
      }),
    ),
    provider: Type.Optional(resolverProvider),
    timeoutMs,
  }),
  result: component('GetNameInfoResult', 'The names of the address.', {
    node: Type.String({ description: 'The host name, or the address in numbers.' }),
    service: Type.String({ description: 'The service name, or the port in numbers.' }),
  }),
  errors: [...RESOLVE_ERRORS, 'WSAEFAULT'],
  alsoSeen: RESOLVE_ALSO_SEEN,
  example: {
    params: { address: ADDRESS, flags: ['NI_NUMERICHOST', 'NI_NUMERICSERV'], timeoutMs: 5000 },
    result: { node: '127.0.0.1', service: '8080' },
  },
  effect: 'read',
  blocking: true,
  async run(session, { address, flags, provider }, call, daemon) {
    if (!isInternet(address)) return pathsHaveNoNames('GetNameInfoW');
    const resolver = resolverOf(session, provider, 'GetNameInfoW');
    if (!resolver.ok) return resolver;
    return daemon.lookups.run(call, 'GetNameInfoW', () =>
      resolver.value.getNameInfo(address, flagBits(NI_FLAGS, flags)),
    );
  },
});
