import { OPTIONS } from '../../winsock/options.js';
import { done, fail, ok } from '../../winsock/outcome.js';
import type { Method } from './handle-state.js';
import { decodeOption, encodeOption } from './option-bytes.js';
import { getNative, setNative } from './sockopt-calls.js';

/** getsockopt and setsockopt with typed values. */

export const getSockOpt: Method<'getSockOpt'> = (stack, socket, option) => {
  const { type, gettable } = OPTIONS[option];
  if (!gettable || type === 'WSAPROTOCOL_INFO') return fail('WSAENOPROTOOPT', 'getsockopt');
  const bytes = getNative(stack, socket.s, option);
  return bytes.ok ? ok(decodeOption(type, bytes.value)) : bytes;
};

/** WSAENOPROTOOPT for a read-only option, WSAEINVAL for a value of another type or out of range. */
export const setSockOpt: Method<'setSockOpt'> = (stack, socket, option, value) => {
  const { type, settable } = OPTIONS[option];
  if (!settable) return fail('WSAENOPROTOOPT', 'setsockopt');
  const bytes = encodeOption(type, value);
  if (!bytes) return fail('WSAEINVAL', 'setsockopt');
  const set = setNative(stack, socket.s, option, bytes);
  return set.ok ? done : set;
};
