import type { PollItem, Provider } from '../../providers/provider.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { SharedSocket, UnderlyingSocket } from './underlying-socket.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;

/** What a provider is asked for; WSAPoll refuses the flags that are answers only. */
const ASKABLE = POLLRDNORM | POLLRDBAND | POLLWRNORM;

/** What tells of something that has arrived. */
const ARRIVED = POLLRDNORM | POLLRDBAND | POLLERR | POLLHUP;

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
      const events = (asked.get(socket) ?? 0) | POLLERR | POLLHUP;
      const all = (polled.value[i] ?? 0) | (ownState(socket.underlying) & events);
      state.set(socket, socket.underlying.frozenBy === undefined ? all : all & ~ARRIVED);
    });
  }
  return ok(state);
};

/** What is so of a socket whatever its provider says. */
const ownState = (socket: UnderlyingSocket): number => {
  const { returned, returnedAccepts, receiveShutdown, sendShutdown } = socket;
  // What was given back comes first; and a direction that is shut down answers at once.
  const readable =
    socket.lostBy !== undefined || receiveShutdown || !returned.isEmpty || returnedAccepts.length > 0;
  // Windows before 10 2004 does not tell it: WSAPoll, Remarks.
  const failed =
    socket.attempt?.result?.ok === false ||
    (socket.isStream && socket.keptError !== undefined) ||
    socket.lostBy !== undefined;
  return (
    (readable ? POLLRDNORM : 0) |
    (returned.hasUrgent ? POLLRDBAND : 0) |
    (sendShutdown ? POLLWRNORM : 0) |
    (failed ? POLLERR | POLLHUP | POLLWRNORM : 0)
  );
};

/** Whether a socket's connect has failed, and nobody has taken the error or tried again. */
export const hasFailedToConnect = (socket: UnderlyingSocket, revents: number): boolean =>
  socket.isStream &&
  socket.state !== 'connected' &&
  socket.state !== 'reset' &&
  socket.state !== 'listening' &&
  (revents & POLLERR) !== 0;
