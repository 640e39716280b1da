import { type Outcome, ok } from '../../winsock/outcome.js';
import type { Socket } from './socket.js';

/**
 * Bytes of a stream in the provider that one receive gives together with those that were given back. While urgent
 * data waits there are none: it may stand right behind them, and a receive ends before it.
 */
export const behindReturned = (socket: Socket): number => {
  const noneUrgent = socket.use((provider, s) => provider.atMark(s));
  if (!noneUrgent.ok || !noneUrgent.value) return 0;
  const waiting = socket.use((provider, s) => provider.available(s));
  return waiting.ok ? waiting.value : 0;
};

/** FIONREAD: on a stream the bytes that one receive would give, on datagrams all that is queued. */
export const readable = (socket: Socket): Outcome<number> => {
  const waiting = socket.use((provider, s) => provider.available(s));
  if (!waiting.ok) return waiting;
  if (socket.frozenBy !== undefined) return ok(0);
  const { returned, isStream } = socket;
  if (returned.isEmpty) return waiting;
  return ok(returned.bytes + (isStream ? behindReturned(socket) : waiting.value));
};
