import type { WsaName } from '../../winsock/errors.js';
import { ByteQueue } from './byte-queue.js';
import type { EndState, Liveness } from './keep-alive.js';
import type { LabLink } from './link.js';
import type { Memory } from './memory.js';
import type { SocketOptions } from './socket-options.js';

/** What one end has done: read by both ends, so that a connection has one truth. */
export class StreamSide implements EndState {
  /** Sent by this side and not yet read by the other. */
  readonly out: ByteQueue;
  /** How many bytes of `out` are at the other side already; the others are on their way. */
  arrived = 0;
  /** Of the socket at this end. */
  options: SocketOptions;
  /** Told whenever something that the owner of this end can see has changed. */
  changed: () => void = () => {};
  /** No more bytes come after those in `out`. */
  ended = false;
  /** The other side can know that. */
  endArrived = false;
  /** Goes behind the last byte (rule of graceful release): the other side sees it when it has drained. */
  disconnectData: Uint8Array | undefined;
  /** SD_RECEIVE, or closed: what comes now cannot be delivered. */
  refuses = false;
  /** Bytes were sent that the other side did not take any more: it never drains, and a reset is its answer. */
  undelivered = false;
  /** The connection was reset; what calls on this side answer from then on. */
  broken: WsaName | undefined;
  /** Watches whether the other side is still there. */
  liveness: Liveness | undefined;

  /** @param memory where what is sent counts until it is read */
  constructor(options: SocketOptions, memory: Memory) {
    this.options = options;
    this.out = new ByteQueue(memory);
  }

  get unacknowledged(): boolean {
    return this.out.length > this.arrived || (this.ended && !this.endArrived);
  }

  /** The other side reads no more: an empty queue keeps no store. What is on its way resets the connection. */
  letGoOfEmpty(): void {
    if (this.out.length === 0) this.out.clear();
  }

  /** What was sent and nobody has read is lost. */
  lose(): void {
    this.out.clear();
    this.arrived = 0;
    this.disconnectData = undefined;
  }
}

/**
 * Both sides break for good, the second when the reset has reached it; what was queued is lost, as after a TCP RST.
 * A reset that comes after the end of the peer is WSAECONNABORTED, any other one WSAECONNRESET: so Windows says by
 * Wine's dlls/ws2_32/tests/sock.c, test_shutdown and test_tcp_reset.
 *
 * @param why what calls on the first side answer
 */
export const breakBoth = (link: LabLink, from: StreamSide, to: StreamSide, why: WsaName): void => {
  if (from.broken !== undefined) return;
  from.broken = why;
  from.liveness?.stop();
  to.lose();
  link.pass(0, () => {
    // The end stands behind the last byte: it is not there while bytes before it have no room.
    const cameAfterEnd = from.endArrived && from.out.length <= to.options.receiveBuffer;
    to.broken ??= cameAfterEnd ? 'WSAECONNABORTED' : 'WSAECONNRESET';
    to.liveness?.stop();
    from.lose();
    to.lose();
    to.changed();
  });
  from.changed();
};
