import type { InternetAddress } from '../../../winsock/addresses.js';
import { type Packet, type Segment, TCP, tcpPacket } from './packets.js';

/** The two ends of a connection: that of the journal's socket, and its peer. */
export type End = 'local' | 'remote';

/** The most payload of one segment, which SYNs announce. */
const MSS = 1460;

/**
 * The most payload of a segment of which nothing was captured, so that many megabytes make few packets.
 * Captures on a host whose network card does the segmentation also show such segments. It fits the window.
 */
const OFFLOADED_SEGMENT = 44 * MSS;

/** The distance between the initial sequence numbers of two attempts, which may have the same ports. */
const ATTEMPT_DISTANCE = 0x1_0000;

/** Initial sequence numbers. */
export type Initial = Readonly<Record<End, number>>;

const INITIAL: Initial = { local: 0x1000_0000, remote: 0x5000_0000 };

interface Side {
  readonly address: InternetAddress;
  /** The next sequence number. */
  next: number;
  finished: boolean;
}

/**
 * One TCP connection as packets: those with which its calls have their results. Each method yields the
 * packets of one event, with correct sequence numbers. An event that is not possible any more, such as data
 * after a reset or a second FIN, yields none.
 */
export class TcpFlow {
  readonly #sides: Readonly<Record<End, Side>>;
  #phase: 'closed' | 'connecting' | 'open' | 'ended' = 'closed';

  /**
   * @param attempt how many connection attempts of the same socket came before
   * @param initial sequence numbers of the first attempt
   */
  constructor(local: InternetAddress, remote: InternetAddress, attempt = 0, initial = INITIAL) {
    const side = (address: InternetAddress, first: number): Side => ({
      address,
      next: first + attempt * ATTEMPT_DISTANCE,
      finished: false,
    });
    this.#sides = { local: side(local, initial.local), remote: side(remote, initial.remote) };
  }

  get remote(): InternetAddress {
    return this.#sides.remote.address;
  }

  /** Whether a SYN was sent, and the result of the attempt is not known yet. */
  get isConnecting(): boolean {
    return this.#phase === 'connecting';
  }

  /** Whether the connection is or was open: no later connect of the socket begins another one. */
  get wasOpen(): boolean {
    return this.#phase === 'open' || this.#phase === 'ended';
  }

  hasFinished(end: End): boolean {
    return this.#sides[end].finished;
  }

  /** Assumes that the connection is open: the journal does not have its beginning. */
  assumeOpen(): void {
    if (this.#phase === 'closed') this.#phase = 'open';
  }

  /** The first packet of the handshake. */
  *sendSyn(by: End): Generator<Packet> {
    if (this.#phase !== 'closed') return;
    this.#phase = 'connecting';
    yield this.#packet(by, TCP.SYN, { mss: MSS });
    this.#sides[by].next += 1;
  }

  /** The packets of the handshake that were not sent yet. */
  *open(by: End): Generator<Packet> {
    yield* this.sendSyn(by);
    if (this.#phase !== 'connecting') return;
    this.#phase = 'open';
    const to = other(by);
    yield this.#packet(to, TCP.SYN | TCP.ACK, { mss: MSS });
    this.#sides[to].next += 1;
    yield this.#packet(by, TCP.ACK);
  }

  /** A SYN that the other end answers with a reset. */
  *refuse(by: End): Generator<Packet> {
    yield* this.sendSyn(by);
    if (this.#phase !== 'connecting') return;
    yield this.#packet(other(by), TCP.RST | TCP.ACK);
    this.#phase = 'closed';
  }

  /**
   * Bytes in one direction, in segments of which every second one is acknowledged.
   *
   * @param captured the first bytes; of the others there are only headers
   * @param urgent whether the last byte is urgent (MSG_OOB)
   */
  *data(from: End, length: number, captured: Uint8Array, urgent = false): Generator<Packet> {
    yield* this.open('local');
    const side = this.#sides[from];
    if (this.#phase !== 'open' || side.finished) return;
    let unacknowledged = 0;
    for (let at = 0; at < length; ) {
      const isCaptured = at < captured.length;
      const most = !isCaptured && length - at > OFFLOADED_SEGMENT ? OFFLOADED_SEGMENT : MSS;
      const size = Math.min(most, length - at);
      const payload = captured.subarray(at, at + size);
      at += size;
      const last = at === length;
      const flags = TCP.ACK | (last ? TCP.PSH : 0) | (last && urgent ? TCP.URG : 0);
      yield this.#packet(from, flags, { payload, uncaptured: size - payload.length });
      side.next += size;
      unacknowledged += Math.ceil(size / MSS);
      if (unacknowledged < 2 && !last) continue;
      unacknowledged = 0;
      yield this.#packet(other(from), TCP.ACK);
    }
  }

  /** The end of one direction. */
  *finish(from: End): Generator<Packet> {
    const side = this.#sides[from];
    if (this.#phase !== 'open' || side.finished) return;
    side.finished = true;
    yield this.#packet(from, TCP.FIN | TCP.ACK);
    side.next += 1;
    yield this.#packet(other(from), TCP.ACK);
  }

  /** A reset, which ends both directions. */
  *reset(from: End): Generator<Packet> {
    if (this.#phase !== 'open') return;
    // Once both directions have ended, there is nothing to reset.
    if (!(this.#sides.local.finished && this.#sides.remote.finished)) {
      yield this.#packet(from, TCP.RST | TCP.ACK);
    }
    this.#phase = 'ended';
  }

  #packet(from: End, flags: number, more: Pick<Segment, 'payload' | 'uncaptured' | 'mss'> = {}): Packet {
    const [source, target] = [this.#sides[from], this.#sides[other(from)]];
    const { payload, uncaptured = 0 } = more;
    return tcpPacket({
      from: source.address,
      to: target.address,
      seq: source.next,
      ack: target.next,
      flags,
      ...more,
      // The pointer is the offset behind the urgent byte: RFC 6093, section 4.
      ...(flags & TCP.URG && payload && { urgent: payload.length + uncaptured }),
    });
  }
}

const other = (end: End): End => (end === 'local' ? 'remote' : 'local');
