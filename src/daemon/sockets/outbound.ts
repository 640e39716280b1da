import { fail, type Outcome } from '../../winsock/outcome.js';
import type { UnderlyingSocket } from './underlying-socket.js';

const ENDED = Object.freeze(fail('WSAESHUTDOWN', 'send'));
const HELD = Object.freeze(fail('WSAEWOULDBLOCK', 'send'));

/**
 * Sends as many of the bytes as faults let pass, and counts them. A datagram passes whole or not at all.
 *
 * @param once the native call
 */
export const sendOnce = (
  socket: UnderlyingSocket,
  data: Buffer,
  once: (data: Buffer) => Outcome<number>,
): Outcome<number> => {
  if (socket.endsSendingLater) return ENDED;
  const holds = socket.activeHolds('send');
  const passes = holds ? holds.passes : Number.POSITIVE_INFINITY;
  if (passes === 0) return HELD;
  const sent = once(socket.isStream && passes < data.length ? data.subarray(0, passes) : data);
  if (!sent.ok) return sent;
  socket.passed.send += sent.value;
  holds?.passed(sent.value);
  return sent;
};
