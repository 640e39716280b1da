import { failedWith, type Outcome } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { getNative, setNative } from './native-options.js';

/**
 * Runs a call with SO_BROADCAST on when Linux refuses it without. For sendTo a broadcast address needs the
 * option on both systems. In Winsock a datagram socket can connect to one without the option, and then send
 * to it; Linux needs the option for the connect, and again for a send after the routes have changed.
 *
 * @param run the native call
 */
export const withBroadcastAllowed = <T>(
  stack: Stack,
  { fd, stream }: SocketState,
  run: () => Outcome<T>,
): Outcome<T> => {
  const first = run();
  if (stream || !failedWith(first, 'WSAEACCES')) return first;
  const allowed = getNative(stack, fd, 'SO_BROADCAST', 'getsockopt');
  // With the option on, something else denies it, such as a firewall.
  if (!allowed.ok || allowed.value !== 0) return first;
  setNative(stack, fd, 'SO_BROADCAST', 1, 'setsockopt');
  const outcome = run();
  setNative(stack, fd, 'SO_BROADCAST', 0, 'setsockopt');
  return outcome;
};
