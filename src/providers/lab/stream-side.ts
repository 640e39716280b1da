import type { WsaName } from '../../winsock/errors.js';
import { ByteQueue } from './byte-queue.js';
import type { EndState, Liveness } from './keep-alive.js';
import type { LabLink } from './link.js';
import type { Memory } from './memory.js';
import type { SocketOptions } from './socket-options.js';

/** The state of one end. Both ends read it, so that they cannot disagree. */
export class StreamSide implements EndState {
  /** Bytes sent by this side and not yet read by the other. */
  readonly out: ByteQueue;
  /** How many bytes of `out` have arrived at the other side; the others are in transit. */
  arrived = 0;
  /** The options of the socket at this end. */
  options: SocketOptions;
  /** Called after each change that the socket at this end can observe. */
  changed: () => void = () => {};
  /** This side has ended: no byte follows those in `out`. */
  ended = false;
  /** The end has arrived at the other side. */
  endArrived = false;
  /** Follows the last byte (rule of graceful release): the other side sees it when it has drained. */
  disconnectData: Uint8Array | undefined;
  /** SD_RECEIVE, or closed: arriving bytes cannot be delivered. */
  refuses = false;
  /** Bytes were sent that the other side no longer receives: it never drains, and answers with a reset. */
  undelivered = false;
  /** The code of calls on this side after the connection was reset. */
  broken: WsaName | undefined;
  /** Detects that the other side is gone. */
  liveness: Liveness | undefined;

  /** @param memory accounts for sent bytes until they are read */
  constructor(options: SocketOptions, memory: Memory) {
    this.options = options;
    this.out = new ByteQueue(memory);
  }

  get unacknowledged(): boolean {
    return this.out.length > this.arrived || (this.ended && !this.endArrived);
  }

  /**
   * Frees the buffer of an empty queue, because the other side reads no more. Bytes in transit reset the
   * connection.
   */
  freeEmptyBuffer(): void {
    if (this.out.length === 0) this.out.clear();
  }

  /** Discards the bytes that were sent and not read. */
  discardQueued(): void {
    this.out.clear();
    this.arrived = 0;
    this.disconnectData = undefined;
  }
}

/**
 * Breaks both sides, the second when the reset has reached it. Queued bytes are lost, as after a TCP RST. A
 * reset after the end of the peer is WSAECONNABORTED, any other one WSAECONNRESET; Windows behaves so in
 * Wine's dlls/ws2_32/tests/sock.c, test_shutdown and test_tcp_reset.
 *
 * @param why the code of later calls on the first side
 */
export const breakBoth = (link: LabLink, from: StreamSide, to: StreamSide, why: WsaName): void => {
  if (from.broken !== undefined) return;
  from.broken = why;
  from.liveness?.stop();
  to.discardQueued();
  link.pass(0, () => {
    // The end follows the last byte, so it has not arrived while bytes before it have no room.
    const cameAfterEnd = from.endArrived && from.out.length <= to.options.receiveBuffer;
    to.broken ??= cameAfterEnd ? 'WSAECONNABORTED' : 'WSAECONNRESET';
    to.liveness?.stop();
    from.discardQueued();
    to.discardQueued();
    to.changed();
  });
  from.changed();
};
