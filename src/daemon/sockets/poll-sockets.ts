import type { PollItem, Provider } from '../../providers/provider.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { SharedSocket, UnderlyingSocket } from './underlying-socket.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP, POLLNVAL } = POLL_EVENTS;

/** What a provider is asked for; WSAPoll refuses the flags that are answers only. */
const ASKABLE = POLLRDNORM | POLLRDBAND | POLLWRNORM;

/** What it answers whether it was asked for or not. */
const ALWAYS_REPORTED = POLLERR | POLLHUP | POLLNVAL;

/**
 * The state of each socket now, as WSAPoll tells it: one call of each provider that has some of them, and
 * what the daemon itself holds.
 *
 * @param asked POLL bits by socket
 */
export const pollSockets = <S extends SharedSocket>(
  asked: ReadonlyMap<S, number>,
): Outcome<ReadonlyMap<S, number>> => {
  const groups = new Map<Provider, { readonly sockets: S[]; readonly items: PollItem[] }>();
  for (const [socket, events] of asked) {
    socket.underlying.refresh();
    socket.use((provider, s) => {
      const group = groups.get(provider) ?? { sockets: [], items: [] };
      groups.set(provider, group);
      group.sockets.push(socket);
      group.items.push({ s, events: events & ASKABLE });
    });
  }
  const state = new Map<S, number>();
  for (const [provider, { sockets, items }] of groups) {
    const polled = provider.poll(items);
    if (!polled.ok) return polled;
    sockets.forEach((socket, i) => {
      const { underlying } = socket;
      const all = underlying.inbound.readiness((polled.value[i] ?? 0) | ownState(underlying));
      state.set(socket, all & ((asked.get(socket) ?? 0) | ALWAYS_REPORTED));
    });
  }
  return ok(state);
};

/** What is so of a socket whatever its provider says. */
const ownState = (socket: UnderlyingSocket): number => {
  const { lostBy, sendShutdown } = socket;
  // Windows before 10 2004 does not tell it: WSAPoll, Remarks.
  const failed = hasFailedToConnect(socket) || lostBy !== undefined;
  return (
    // A direction that is shut down answers at once; of that to receive Windows tells nothing.
    (sendShutdown ? POLLWRNORM : 0) | (failed ? POLLERR | POLLHUP | POLLWRNORM : 0)
  );
};

/** Whether a socket's last connect has failed, and no other is under way. It may listen meanwhile. */
export const hasFailedToConnect = ({ connectCode }: UnderlyingSocket): boolean =>
  connectCode !== undefined && connectCode !== 0;
