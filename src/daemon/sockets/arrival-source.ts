import { POLL_EVENTS } from '../../winsock/constants.js';
import { failedWith, ok } from '../../winsock/outcome.js';
import type { ArrivalSource } from '../faults/delayed-arrivals.js';
import type { DatagramSource } from './delayed-datagrams.js';
import type { UnderlyingSocket } from './underlying-socket.js';

const LONGEST_DATAGRAM = 65_535;

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

/**
 * The receive queue of a datagram socket, through any of its ids. Before it is bound nothing is there.
 *
 * @param scratch a buffer for one receive
 */
export const datagramSource = (
  socket: UnderlyingSocket,
  scratch: (bytes: number) => Buffer,
): DatagramSource => {
  const by = () => (socket.state !== 'fresh' && !socket.receiveShutdown ? socket.ids[0] : undefined);
  const { inbound } = socket;
  return {
    take: () => {
      const into = scratch(LONGEST_DATAGRAM);
      // With its control data, if a later receive may ask for that.
      const name = socket.receivesMessages ? 'recvMsg' : 'recvFrom';
      const got = by()?.use((provider, s) => provider[name](s, into, 0));
      if (got?.ok) {
        const { bytes, ...facts } = got.value;
        return ok({
          ...facts,
          data: Buffer.from(into.subarray(0, bytes)),
          order: inbound.nextOrder(bytes),
        });
      }
      const isOfEarlier = got && (failedWith(got, 'WSAECONNRESET') || failedWith(got, 'WSAENETRESET'));
      return isOfEarlier ? got : undefined;
    },
    watch: (wake) => {
      const watch = by()?.watch({ read: true }, wake);
      return watch?.ok ? watch.value : undefined;
    },
    keep: (items) => inbound.keep(items),
  };
};
