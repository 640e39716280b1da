import Type from 'typebox';
import { OPTIONS } from '../../winsock/options.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { decoded } from '../schemas/protocol-info-schema.js';
import { component, parameters } from '../schemas/schemas.js';
import { optionOf, shownValue, TIMEOUTS } from './option-rules.js';
import { OptionValueSchema } from './option-value-schema.js';

export const optionPath = {
  level: Type.String({ description: 'Level of the option, for example SOL_SOCKET.', maxLength: 64 }),
  name: Type.String({ description: 'Name of the option, for example SO_LINGER.', maxLength: 64 }),
};

/** The path parameters of an option. */
export const OPTION_PATH = '/sockets/{socketId}/options/{level}/{name}';

export const getSockOpt = operation({
  name: 'getSockOpt',
  summary: 'Read a socket option',
  description: [
    'By name. A pair that this daemon or the provider does not have is WSAENOPROTOOPT. An option of',
    'IPPROTO_IP or IPPROTO_IPV6 for another kind of socket is WSAEINVAL, except on the lab. SO_PROTOCOL_INFO',
    'gives the catalog entry of the socket. SO_ERROR of a stream is the error of a failed non-blocking',
    'connect, until one succeeds: Windows does not clear it when it is read, though its page says so. The',
    'error of a blocking connect is in its own answer, that of a reset connection in the answers of send and',
    'recv.',
  ].join('\n'),
  winsock: ['getsockopt'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt',
  scope: 'socket',
  params: parameters('GetSockOptRequest', optionPath),
  result: component('GetSockOptResult', 'The value.', { value: OptionValueSchema }),
  errors: ['WSAEFAULT', 'WSAEINVAL', 'WSAENOPROTOOPT'],
  alsoSeen: {
    WSAENOTCONN: 'the option is about a path (IP_MTU, IPV6_MTU), and the socket is not connected',
    WSAEOPNOTSUPP: 'the system has the option, but not for this socket',
  },
  example: {
    sockets: ['client'],
    params: { level: 'SOL_SOCKET', name: 'SO_KEEPALIVE' },
    result: { value: { boolean: true } },
  },
  effect: 'read',
  rest: { method: 'GET', path: OPTION_PATH },
  run(socket, { level, name }) {
    const option = optionOf(level, name, 'gettable', 'getsockopt');
    if (typeof option !== 'string') return option;
    if (OPTIONS[option].type === 'WSAPROTOCOL_INFO') {
      return ok({ value: { protocolInfo: decoded(socket.entry) } });
    }
    const kept = TIMEOUTS[option];
    if (kept) return ok({ value: { integer: socket.timeouts[kept] } });
    const value = socket.getOption(option);
    if (!value.ok) return value;
    return ok({ value: shownValue(value.value) });
  },
});
