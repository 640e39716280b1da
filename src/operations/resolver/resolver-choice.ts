import type { Answer } from '../../daemon/answers/answer.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Resolver } from '../../providers/provider.js';
import type { WsaName } from '../../winsock/errors.js';
import { type Failure, fail, ok } from '../../winsock/outcome.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import { ProviderNameSchema } from '../schemas/schemas.js';

/** Shared by getAddrInfo and getNameInfo. */

/** No control characters: a NUL would cut the name short. */
export const PRINTABLE = '^[^\\u0000-\\u001f\\u007f]*$';

export const resolverProvider = ProviderNameSchema;

export const RESOLVE_ERRORS = [
  'WSATRY_AGAIN',
  'WSAEINVAL',
  'WSANO_RECOVERY',
  'WSAEAFNOSUPPORT',
  'WSA_NOT_ENOUGH_MEMORY',
  'WSAHOST_NOT_FOUND',
] as const satisfies readonly WsaName[];

export const RESOLVE_ALSO_SEEN = {
  WSAETIMEDOUT: 'timeoutMs ran out; the lookup itself goes on and ends by itself',
  WSA_OPERATION_ABORTED: 'the session was cleaned up or ended while the call waited',
  WSAENETDOWN: 'the system answered a lookup with its own error: the network is down',
  WSASYSCALLFAILURE: 'the system answered a lookup with an error of its own',
};

/** AF_UNIX has paths, which have no names: no resolver knows the family. */
export const pathsHaveNoNames = (call: string): Failure =>
  fail('WSAEAFNOSUPPORT', call, { detail: 'paths of AF_UNIX have no names.' });

/** The resolver that a session uses. */
export const resolverOf = (
  session: Session,
  provider: ProviderName | undefined,
  call: string,
): Answer<Resolver> => {
  const resolver = session.catalog.resolver(provider);
  if (resolver) return ok(resolver);
  return fail('WSAEINVAL', call, { detail: `this system has no provider of that name that resolves names.` });
};
