import { fail } from '../../winsock/outcome.js';
import type { Method } from './handle-state.js';
import type { OptionRows } from './option-rows.js';
import { IP_OPTIONS, IPV6_OPTIONS } from './options-of-ip.js';
import { SOCKET_OPTIONS } from './options-of-sockets.js';
import { TCP_OPTIONS } from './options-of-tcp.js';

/** getsockopt and setsockopt: one row an option, those that Linux has nothing for are absent. */

const ROWS: OptionRows = { ...SOCKET_OPTIONS, ...TCP_OPTIONS, ...IP_OPTIONS, ...IPV6_OPTIONS };

export const getSockOpt: Method<'getSockOpt'> = (stack, socket, option) => {
  const row = ROWS[option];
  if (!row?.get || row.on?.(socket) === false) return fail('WSAENOPROTOOPT', 'getsockopt');
  return row.get(stack, socket);
};

export const setSockOpt: Method<'setSockOpt'> = (stack, socket, option, value) => {
  const row = ROWS[option];
  if (!row?.set || row.on?.(socket) === false) return fail('WSAENOPROTOOPT', 'setsockopt');
  return row.set(stack, socket, value);
};
