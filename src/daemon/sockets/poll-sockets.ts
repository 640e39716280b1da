import type { PollItem, Provider } from '../../providers/provider.js';
import { POLL_EVENTS } from '../../winsock/constants.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { SocketHandle, UnderlyingSocket } from './underlying-socket.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP, POLLNVAL } = POLL_EVENTS;

/** The bits that may be requested; WSAPoll refuses those that are only reported. */
const ASKABLE = POLLRDNORM | POLLRDBAND | POLLWRNORM;

/** The bits that are reported whether they were requested or not. */
const ALWAYS_REPORTED = POLLERR | POLLHUP | POLLNVAL;

/**
 * The current state of each socket, as WSAPoll reports it, including what the daemon itself holds. Makes one
 * call of each provider that has some of the sockets.
 *
 * @param asked POLL bits by socket
 */
export const pollSockets = <S extends SocketHandle>(
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
      const native = (polled.value[i] ?? 0) & ~heldBits(underlying);
      const all = underlying.inbound.readiness(native | ownBits(underlying));
      state.set(socket, all & ((asked.get(socket) ?? 0) | ALWAYS_REPORTED));
    });
  }
  return ok(state);
};

/** The bits that a provider may report, and faults hold back in the direction of sending. */
const heldBits = (socket: UnderlyingSocket): number =>
  socket.activeHolds('send')?.passes === 0 ? POLLWRNORM : 0;

/** The bits that follow from the daemon's own state of a socket, whatever its provider reports. */
const ownBits = (socket: UnderlyingSocket): number => {
  const { resetBy, sendShutdown } = socket;
  // Windows before 10, version 2004, does not report a failed connect: WSAPoll, Remarks.
  const failed = hasFailedToConnect(socket) || resetBy !== undefined;
  return (
    // Calls answer at once in a direction that is shut down. For receiving, Windows reports nothing.
    (sendShutdown ? POLLWRNORM : 0) | (failed ? POLLERR | POLLHUP | POLLWRNORM : 0)
  );
};

/** Whether a socket's last connect has failed and no other is in progress. The socket may listen since. */
export const hasFailedToConnect = ({ connectCode }: UnderlyingSocket): boolean =>
  connectCode !== undefined && connectCode !== 0;
