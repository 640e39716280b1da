import Type from 'typebox';
import { OPTIONS } from '../../winsock/options.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { decoded } from '../schemas/protocol-info-schema.js';
import { component } from '../schemas/schemas.js';
import { accessRefused, optionOf, shownValue, TIMEOUTS } from './option-rules.js';
import { OptionValueSchema } from './option-value-schema.js';

export const optionPath = {
  level: Type.String({ description: 'Level of the option, for example SOL_SOCKET.', maxLength: 64 }),
  name: Type.String({ description: 'Name of the option, for example SO_LINGER.', maxLength: 64 }),
};

export const getSockOpt = operation({
  name: 'getSockOpt',
  summary: 'Read a socket option',
  description: [
    'By name; reading SO_ERROR clears it. A pair that this daemon does not know is WSAENOPROTOOPT, as is one',
    'that the provider does not have. SO_PROTOCOL_INFO gives the catalog entry of the socket.',
  ].join('\n'),
  winsock: ['getsockopt'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt',
  scope: 'socket',
  params: component('GetSockOptRequest', optionPath, 'What getSockOpt takes.'),
  result: component('GetSockOptResult', { value: OptionValueSchema }, 'The value.'),
  errors: ['WSAEFAULT', 'WSAEINVAL', 'WSAENOPROTOOPT'],
  alsoSeen: {
    WSAENOTCONN: 'the option is about a path (IP_MTU, IPV6_MTU), and the socket is not connected',
    WSAEOPNOTSUPP: 'the system has the option, but not for this socket',
  },
  effect: 'read',
  rest: {
    method: 'GET',
    path: '/sockets/{socketId}/options/{level}/{name}',
  },
  run(socket, { level, name }, call) {
    const option = optionOf(level, name, 'getsockopt');
    if (typeof option !== 'string') return option;
    const refused = accessRefused(option, 'gettable', 'getsockopt');
    if (refused) return refused;
    if (OPTIONS[option].type === 'WSAPROTOCOL_INFO') {
      return ok({ value: { protocolInfo: decoded(socket.entry) } });
    }
    const kept = TIMEOUTS[option];
    if (kept) return ok({ value: { integer: socket.timeouts[kept] } });
    const value = socket.takeOption(option);
    if (!value.ok) return value;
    if (option === 'SO_ERROR') call.undelivered(() => socket.keepError(value.value));
    return ok({ value: shownValue(value.value) });
  },
});
