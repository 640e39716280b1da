import { isAddressOf } from '../../winsock/addresses.js';
import { isControlSwitch } from '../../winsock/control-messages.js';
import { fail, ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { emptyResult, parameters } from '../schemas/schemas.js';
import { OPTION_PATH, optionPath } from './get-sock-opt.js';
import { optionOf, readValue, TIMEOUTS } from './option-rules.js';
import { OptionValueSchema } from './option-value-schema.js';

/** For streams it is WSAENOPROTOOPT: test_WSASocket of Wine's sock.c, which is also run on Windows. */
const typeIsReadOnly = fail('WSAEINVAL', 'setsockopt', { detail: 'SO_TYPE can only be read.' });

const FAMILIES = ['AF_INET', 'AF_INET6'] as const;

export const setSockOpt = operation({
  name: 'setSockOpt',
  summary: 'Set a socket option',
  description: [
    'By name, with the member of `value` that the type of the option needs. An option that joins a multicast',
    'group listens there, so policy.bind.allow must have an entry for the address of the group, for any',
    'port. Sending to a group or a broadcast address needs an entry of policy.connect.allow, as to any',
    'address. SO_ERROR can be set; nothing but a read of it uses the value. Setting SO_REUSEADDR needs',
    'policy.bind.reuseAddress, except on the lab. SO_OPENTYPE can only be read: it belongs to the whole',
    'process.',
  ].join('\n'),
  winsock: ['setsockopt'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt',
  scope: 'socket',
  params: parameters('SetSockOptRequest', {
    ...optionPath,
    value: OptionValueSchema,
  }),
  result: emptyResult('SetSockOptResult'),
  errors: ['WSAEFAULT', 'WSAEINVAL', 'WSAENETRESET', 'WSAENOPROTOOPT', 'WSAENOTCONN'],
  alsoSeen: {
    WSAEADDRNOTAVAIL: 'there is no such interface, or the socket is not in the group that it leaves',
    WSAEADDRINUSE: 'the socket is in the group already',
    WSAEACCES: 'the system lets only administrators set the value',
    WSAENOBUFS: 'the socket is in as many groups as the system allows',
    WSAEOPNOTSUPP: 'the system has the option, but not for this socket',
    WSAEISCONN: 'the option must be set before the socket is connected',
  },
  example: {
    sockets: ['client'],
    params: { level: 'SOL_SOCKET', name: 'SO_KEEPALIVE', value: { boolean: true } },
    result: {},
  },
  effect: 'change',
  does: 'configures',
  refusals: ['option-denied'],
  rest: { method: 'PUT', path: OPTION_PATH },
  destination({ value: { membership } }) {
    if (!membership) return undefined;
    const { multicastAddress: address } = membership;
    const family = FAMILIES.find((one) => isAddressOf(one, address));
    // A text that is no address is refused later, by readValue.
    return family && { kind: 'bind', address: { family, address, port: 0 }, anyPort: true };
  },
  run(socket, { level, name, value }, _call, daemon) {
    if (level === 'SOL_SOCKET' && name === 'SO_TYPE' && !socket.isStream) return typeIsReadOnly;
    const option = optionOf(level, name, 'settable', 'setsockopt');
    if (typeof option !== 'string') return option;
    const read = readValue(option, value);
    if (!read.ok) return read;
    if (option === 'SO_REUSEADDR' && read.value === true && socket.providerName !== 'lab') {
      const denied = daemon.policy.judgeReuse();
      if (denied) return denied;
    }
    const kept = TIMEOUTS[option];
    if (kept) {
      socket.timeouts[kept] = Number(read.value);
      return ok({});
    }
    const set = socket.use((provider, s) => provider.setSockOpt(s, option, read.value));
    if (!set.ok) return set;
    // The value replaces the error of a connect that has ended.
    if (option === 'SO_ERROR' && socket.isStream) socket.underlying.error = Number(read.value);
    if (isControlSwitch(option) && read.value === true) socket.underlying.receivesMessages = true;
    return ok({});
  },
});
