import type { Watch } from '../../providers/provider.js';
import { NETWORK_EVENTS } from '../../winsock/constants.js';
import { done, type Outcome } from '../../winsock/outcome.js';
import type { SocketHandle } from './underlying-socket.js';

const { FD_READ, FD_ACCEPT } = NETWORK_EVENTS;

/**
 * More bytes or connections may arrive after FD_READ or FD_ACCEPT of a stream was fetched, and before a call
 * takes those that it reported. Windows then records the event again, although Microsoft's page says that
 * only a receive or an accept enables it.
 *
 * Source: Wine's dlls/ws2_32/tests/sock.c, test_accept_events and test_read_events, which are run on Windows.
 */
export class FurtherArrivals {
  #watch: Watch | undefined;

  /** Enables the event again if more is pending than when it was fetched. */
  enableAgain(socket: SocketHandle): void {
    const { underlying } = socket;
    const fetched = fetchedArrival(socket);
    if (fetched === 0) return;
    if (underlying.inbound.pendingAmount(socket) > underlying.events.pendingWhenFetched)
      underlying.events.enable(fetched);
  }

  /** To be called when events were fetched. @param events FD_ bits */
  noteFetched(socket: SocketHandle, events: number): void {
    const { underlying } = socket;
    if (events & fetchedArrival(socket)) {
      underlying.events.pendingWhenFetched = underlying.inbound.pendingAmount(socket);
    }
  }

  /** Watches for more arrivals if the event was fetched and not enabled since; otherwise stops watching. */
  watch(socket: SocketHandle, wake: () => void): Outcome<void> {
    this.stop();
    if (fetchedArrival(socket) === 0) return done;
    const { inbound, events } = socket.underlying;
    const watch = inbound.watchForMore(socket, events.pendingWhenFetched, () => {
      this.#watch = undefined;
      wake();
    });
    if (!watch.ok) return watch;
    this.#watch = watch.value;
    return done;
  }

  stop(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }
}

/**
 * FD_READ or FD_ACCEPT of a stream if it is selected, was fetched, and was not enabled since; otherwise 0.
 */
const fetchedArrival = ({ underlying }: SocketHandle): number => {
  const { isStream, state, receiveShutdown, events } = underlying;
  if (state === 'listening') return events.fetched & FD_ACCEPT;
  return isStream && state === 'connected' && !receiveShutdown ? events.fetched & FD_READ : 0;
};
