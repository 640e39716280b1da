import type { WsaName } from '../../winsock/errors.js';
import { OPTIONS, type OptionName } from '../../winsock/options.js';
import { fail } from '../../winsock/outcome.js';
import type { Method, SocketState } from './handle-state.js';
import { isInternet, type OptionRows } from './option-rows.js';
import { IP_OPTIONS, IPV6_OPTIONS } from './options-of-ip.js';
import { SOCKET_OPTIONS } from './options-of-sockets.js';
import { TCP_OPTIONS } from './options-of-tcp.js';

/** getsockopt and setsockopt, by a table with one row for each option. */

const ROWS: OptionRows = { ...SOCKET_OPTIONS, ...TCP_OPTIONS, ...IP_OPTIONS, ...IPV6_OPTIONS };

/**
 * The code for an option that this socket lacks and others have. At the IP levels the same numbers are
 * options of the other family and of datagrams, so there Windows answers WSAEINVAL.
 */
const codeOfMissingOption = (option: OptionName, socket: SocketState): WsaName => {
  const { level } = OPTIONS[option];
  const ofIp = level === 'IPPROTO_IP' || level === 'IPPROTO_IPV6';
  return ofIp && isInternet(socket) ? 'WSAEINVAL' : 'WSAENOPROTOOPT';
};

export const getSockOpt: Method<'getSockOpt'> = (stack, socket, option) => {
  const row = ROWS[option];
  if (!row || !OPTIONS[option].gettable) return fail('WSAENOPROTOOPT', 'getsockopt');
  if (row.on?.(socket) === false) return fail(codeOfMissingOption(option, socket), 'getsockopt');
  return row.get ? row.get(stack, socket) : fail('WSAENOPROTOOPT', 'getsockopt');
};

export const setSockOpt: Method<'setSockOpt'> = (stack, socket, option, value) => {
  const row = ROWS[option];
  if (!row || !OPTIONS[option].settable) return fail('WSAENOPROTOOPT', 'setsockopt');
  if (row.on?.(socket) === false) return fail(codeOfMissingOption(option, socket), 'setsockopt');
  return row.set ? row.set(stack, socket, value) : fail('WSAENOPROTOOPT', 'setsockopt');
};
