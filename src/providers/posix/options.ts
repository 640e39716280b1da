import type { OptionName, OptionValue } from '../../winsock/options.js';
import { fail, type Outcome } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import type { OptionRows } from './option-rows.js';
import { IP_OPTIONS, IPV6_OPTIONS } from './options-of-ip.js';
import { SOCKET_OPTIONS } from './options-of-sockets.js';
import { TCP_OPTIONS } from './options-of-tcp.js';

/** getsockopt and setsockopt: one row an option, those that Linux has nothing for are absent. */

const ROWS: OptionRows = { ...SOCKET_OPTIONS, ...TCP_OPTIONS, ...IP_OPTIONS, ...IPV6_OPTIONS };

export const getSockOpt = (stack: Stack, socket: SocketState, option: OptionName): Outcome<OptionValue> => {
  const row = ROWS[option];
  if (!row?.get || row.on?.(socket) === false) return fail('WSAENOPROTOOPT', 'getsockopt');
  return row.get(stack, socket);
};

export const setSockOpt = (
  stack: Stack,
  socket: SocketState,
  option: OptionName,
  value: OptionValue,
): Outcome<void> => {
  const row = ROWS[option];
  if (!row?.set || row.on?.(socket) === false) return fail('WSAENOPROTOOPT', 'setsockopt');
  return row.set(stack, socket, value);
};
