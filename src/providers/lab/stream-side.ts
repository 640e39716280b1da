import type { WsaName } from '../../winsock/errors.js';
import { ByteQueue } from './byte-queue.js';
import type { KeepAlive, Liveness } from './keep-alive.js';
import type { LabLink } from './link.js';

/** What the options of the socket at an end say. */
export interface EndOptions {
  /** SO_SNDBUF and SO_RCVBUF, in bytes. */
  readonly sendBuffer: number;
  readonly receiveBuffer: number;
  /** undefined: SO_KEEPALIVE is off. */
  readonly keepAlive: KeepAlive | undefined;
}

/** What one end has done: read by both ends, so that a connection has one truth. */
export interface StreamSide {
  /** Sent by this side and not yet read by the other. */
  readonly out: ByteQueue;
  /** How many bytes of `out` are at the other side already; the others are on their way. */
  arrived: number;
  options: EndOptions;
  /** Told whenever something that the owner of this end can see has changed. */
  changed: () => void;
  /** No more bytes come after those in `out`. */
  ended: boolean;
  /** The other side can know that. */
  endArrived: boolean;
  /** Goes behind the last byte (rule of graceful release): the other side sees it when it has drained. */
  disconnectData: Uint8Array | undefined;
  /** SD_RECEIVE, or closed: what comes now cannot be delivered. */
  refuses: boolean;
  /** Bytes were sent that the other side did not take any more: it never drains, and a reset is its answer. */
  undelivered: boolean;
  /** The connection was reset; what calls on this side answer from then on. */
  broken: WsaName | undefined;
  /** Watches whether the other side is still there. */
  liveness: Liveness | undefined;
}

export const newSide = (options: EndOptions): StreamSide => ({
  out: new ByteQueue(),
  arrived: 0,
  options,
  changed: () => {},
  ended: false,
  endArrived: false,
  disconnectData: undefined,
  refuses: false,
  undelivered: false,
  broken: undefined,
  liveness: undefined,
});

/** What the side has sent and nobody has read is lost. */
const lose = (side: StreamSide): void => {
  side.out.clear();
  side.arrived = 0;
  side.disconnectData = undefined;
};

/** Both sides break for good, the second when the reset has reached it; what was queued is lost, as after a TCP RST. */
export const breakBoth = (
  link: LabLink,
  from: StreamSide,
  to: StreamSide,
  fromCode: WsaName,
  toCode: WsaName,
): void => {
  if (from.broken !== undefined) return;
  from.broken = fromCode;
  from.liveness?.stop();
  lose(to);
  link.pass(0, () => {
    to.broken ??= toCode;
    to.liveness?.stop();
    lose(from);
    lose(to);
    to.changed();
  });
  from.changed();
};
