import { sameAddress } from '../../winsock/addresses.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Connected, Handle } from '../provider.js';
import { getPeerName } from './binding.js';
import { fdSet, ZERO_TIMEVAL } from './fd-set.js';
import { isOfFamily, type Method } from './handle-state.js';
import type { Ws2_32 } from './library.js';
import { getNative } from './sockopt-calls.js';

/** WSAConnect, and the end of a pending connect. */

const CONNECTED: Connected = Object.freeze({});

/**
 * An address of another family is WSAEFAULT, as for bind. A new default peer discards the queued datagrams
 * (Remarks); Wine keeps them.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
 * @param callerData passed to the system, which refuses it where the entry lacks XP1_CONNECT_DATA
 */
export const connect: Method<'connect'> = (stack, socket, to, callerData) => {
  if (!isOfFamily(socket, to)) return fail('WSAEFAULT', 'WSAConnect');
  const before = socket.stream ? undefined : getPeerName(stack, socket);
  const queueDropped = before?.ok === true && !sameAddress(before.value, to);
  const length = stack.address.write(to);
  const caller = callerData ? { len: callerData.length, buf: callerData } : null;
  const begun = stack.ws2_32.connect(socket.s, stack.address.name, length, caller, null, null, null);
  return begun.ok ? ok(queueDropped ? { queueDropped } : CONNECTED) : begun;
};

/** A failure stays in SO_ERROR until a connect succeeds; reading does not clear it. */
export const finishConnect: Method<'finishConnect'> = (stack, socket) => {
  const ended = hasEnded(stack.ws2_32, socket.s);
  if (!ended.ok) return ended;
  if (!ended.value) return fail('WSAEWOULDBLOCK', 'WSAConnect');
  const error = getNative(stack, socket.s, 'SO_ERROR');
  if (!error.ok) return error;
  const code = error.value.readInt32LE(0);
  if (code !== 0) return { ok: false, code, call: 'WSAConnect' };
  const peer = getPeerName(stack, socket); // no error: connected, or never begun
  return peer.ok ? ok(CONNECTED) : { ...peer, call: 'WSAConnect' };
};

/**
 * Whether a connect has ended: with success (the write set) or without (the except set). This uses select
 * because WSAPoll did not report failed connects before Windows 10 2004.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll
 */
const hasEnded = (ws2_32: Ws2_32, s: Handle): Outcome<boolean> => {
  const count = ws2_32.select(0, null, fdSet(s), fdSet(s), ZERO_TIMEVAL);
  return count.ok ? ok(count.value > 0) : count;
};
