import { POLL_EVENTS } from '../../winsock/constants.js';
import type { ArrivalSource } from '../faults/delayed-arrivals.js';
import type { UnderlyingSocket } from './underlying-socket.js';

const NOTHING = Object.freeze({ bytes: 0, ended: false });

/** The receive queue of a connection, through any of its ids. Without a connection nothing is there. */
export const arrivalSource = (socket: UnderlyingSocket): ArrivalSource => {
  const by = () => (socket.state === 'connected' && !socket.receiveShutdown ? socket.ids[0] : undefined);
  return {
    look: () =>
      by()?.use((provider, s) => {
        const bytes = provider.available(s);
        const polled = provider.poll([{ s, events: 0 }]);
        const bits = polled.ok ? (polled.value[0] ?? 0) : 0;
        const ended = (bits & (POLL_EVENTS.POLLHUP | POLL_EVENTS.POLLERR)) !== 0;
        return { bytes: bytes.ok ? bytes.value : 0, ended };
      }) ?? NOTHING,
    watch: (wake) => {
      const watch = by()?.watch({ read: true }, wake);
      return watch?.ok ? watch.value : undefined;
    },
  };
};
