import { failedWith, type Outcome } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { getNative, setNative } from './native-options.js';

/**
 * For sendTo a broadcast address needs SO_BROADCAST on both systems. But a datagram socket of Winsock is connected
 * to one without the option, and then sends to it; Linux wants the option for the connect, and again for a send
 * when the routes have changed since. It gets it for that one call.
 *
 * @param run the native call
 */
export const evenToBroadcast = <T>(
  stack: Stack,
  { fd, stream }: SocketState,
  run: () => Outcome<T>,
): Outcome<T> => {
  const first = run();
  if (stream || !failedWith(first, 'WSAEACCES')) return first;
  const allowed = getNative(stack, fd, 'SO_BROADCAST', 'getsockopt');
  // With the option it is something else that denies it: a firewall.
  if (!allowed.ok || allowed.value !== 0) return first;
  setNative(stack, fd, 'SO_BROADCAST', 1, 'setsockopt');
  const outcome = run();
  setNative(stack, fd, 'SO_BROADCAST', 0, 'setsockopt');
  return outcome;
};
