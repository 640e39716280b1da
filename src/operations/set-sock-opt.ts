import { OPTIONS } from '../winsock/options.js';
import { fail, ok } from '../winsock/outcome.js';
import { optionPath } from './get-sock-opt.js';
import { operation } from './operation.js';
import { optionOf, readValue, TIMEOUTS } from './options.js';
import { component, empty, OptionValueSchema } from './schemas.js';

export const setSockOpt = operation({
  name: 'setSockOpt',
  summary: 'Set a socket option',
  description: 'By name, with the member of `value` that the type of the option asks for.',
  winsock: ['setsockopt'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt',
  scope: 'socket',
  params: component(
    'SetSockOptRequest',
    { ...optionPath, value: OptionValueSchema },
    'What setSockOpt takes.',
  ),
  result: empty('SetSockOptResult'),
  errors: ['WSAEFAULT', 'WSAEINVAL', 'WSAENETRESET', 'WSAENOPROTOOPT', 'WSAENOTCONN'],
  effect: 'change',
  rest: {
    method: 'PUT',
    path: '/sockets/{socketId}/options/{level}/{name}',
    in: { level: 'path', name: 'path' },
  },
  run(socket, { level, name, value }) {
    const option = optionOf(level, name, 'setsockopt');
    if (typeof option !== 'string') return option;
    const read = readValue(option, value);
    if (!read.ok) return read;
    if (!OPTIONS[option].settable) {
      return fail('WSAENOPROTOOPT', 'setsockopt', { detail: `${option} can only be read.` });
    }
    const kept = TIMEOUTS[option];
    if (kept) {
      socket.timeouts[kept] = Number(read.value);
      return ok({});
    }
    const set = socket.use((provider, s) => provider.setSockOpt(s, option, read.value));
    return set.ok ? ok({}) : set;
  },
});
