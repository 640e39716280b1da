import type { Watch } from '../../providers/provider.js';
import { NETWORK_EVENTS } from '../../winsock/constants.js';
import { done, type Outcome } from '../../winsock/outcome.js';
import type { SharedSocket } from './underlying-socket.js';

const { FD_READ, FD_ACCEPT } = NETWORK_EVENTS;

/**
 * What comes after FD_READ or FD_ACCEPT of a stream was fetched, and before anybody took what it told of: Windows
 * records the event again. Microsoft's page has it that only a receive or an accept enables it.
 *
 * Source: Wine's dlls/ws2_32/tests/sock.c, test_accept_events and test_read_events, which are run on Windows.
 */
export class FurtherArrivals {
  #watch: Watch | undefined;

  /** Enables the event again where more waits than did when it was fetched. */
  note(socket: SharedSocket): void {
    const { underlying } = socket;
    const fetched = fetchedArrival(socket);
    if (fetched === 0) return;
    if (underlying.inbound.waiting(socket) > underlying.events.waitedWhenFetched)
      underlying.events.enable(fetched);
  }

  /** These were just fetched. @param events FD_ bits */
  fetched(socket: SharedSocket, events: number): void {
    const { underlying } = socket;
    if (events & fetchedArrival(socket)) {
      underlying.events.waitedWhenFetched = underlying.inbound.waiting(socket);
    }
  }

  /** Watches for more, where only that can record the event again; anything else stops it. */
  watch(socket: SharedSocket, wake: () => void): Outcome<void> {
    this.stop();
    if (fetchedArrival(socket) === 0) return done;
    const { inbound, events } = socket.underlying;
    const watch = inbound.watchForMore(socket, events.waitedWhenFetched, () => {
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

/** The event of what arrives at the stream, where it is selected, was fetched, and not enabled since; else 0. */
const fetchedArrival = ({ underlying }: SharedSocket): number => {
  const { isStream, state, receiveShutdown, events } = underlying;
  if (state === 'listening') return events.fetched & FD_ACCEPT;
  return isStream && state === 'connected' && !receiveShutdown ? events.fetched & FD_READ : 0;
};
