import type { InternetAddress } from '../../../winsock/addresses.js';
import { type Packet, type Segment, TCP, tcpPacket } from './packets.js';

/** The two ends of a connection, as the owner of the journal sees them. */
export type End = 'local' | 'remote';

/** Most payload of one segment, and what SYNs announce. */
const MSS = 1460;

/**
 * Most of one segment of which nothing was captured: what a host hands to a network card that cuts it up, and what
 * captures on that host show. Many megabytes are few packets so. It fits into the window.
 */
const OFFLOADED = 44 * MSS;

/** Each attempt of a socket begins this much later: another connection, though the ports be the same. */
const NEXT_ATTEMPT = 0x1_0000;

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
 * One TCP connection as packets: what must have gone over the wire for the calls to have had their results.
 * Each method gives the packets of one event, with right sequence numbers; what cannot have happened any
 * more (data after a reset, a second end) gives none.
 */
export class TcpFlow {
  readonly #sides: Readonly<Record<End, Side>>;
  #phase: 'closed' | 'asked' | 'open' | 'over' = 'closed';

  /**
   * @param attempt how many connects of the same socket came before
   * @param initial sequence numbers of the first attempt
   */
  constructor(local: InternetAddress, remote: InternetAddress, attempt = 0, initial = INITIAL) {
    const side = (address: InternetAddress, first: number): Side => ({
      address,
      next: first + attempt * NEXT_ATTEMPT,
      finished: false,
    });
    this.#sides = { local: side(local, initial.local), remote: side(remote, initial.remote) };
  }

  get remote(): InternetAddress {
    return this.#sides.remote.address;
  }

  /** A connection was asked for, and how that has ended is not known yet. */
  get isAsked(): boolean {
    return this.#phase === 'asked';
  }

  /** It stands, or has stood: it is no other connect's any more. */
  get wasOpen(): boolean {
    return this.#phase === 'open' || this.#phase === 'over';
  }

  hasFinished(end: End): boolean {
    return this.#sides[end].finished;
  }

  /** The beginning of the connection was not recorded: it stands already. */
  join(): void {
    if (this.#phase === 'closed') this.#phase = 'open';
  }

  /** The first packet of the handshake. */
  *ask(by: End): Generator<Packet> {
    if (this.#phase !== 'closed') return;
    this.#phase = 'asked';
    yield this.#packet(by, TCP.SYN, { mss: MSS });
    this.#sides[by].next += 1;
  }

  /** The handshake, or what is left of it. */
  *open(by: End): Generator<Packet> {
    yield* this.ask(by);
    if (this.#phase !== 'asked') return;
    this.#phase = 'open';
    const to = other(by);
    yield this.#packet(to, TCP.SYN | TCP.ACK, { mss: MSS });
    this.#sides[to].next += 1;
    yield this.#packet(by, TCP.ACK);
  }

  /** The request for the connection was turned down. */
  *refuse(by: End): Generator<Packet> {
    yield* this.ask(by);
    if (this.#phase !== 'asked') return;
    yield this.#packet(other(by), TCP.RST | TCP.ACK);
    this.#phase = 'closed';
  }

  /**
   * Bytes in one direction: in segments, every other of them acknowledged as a receiver does.
   *
   * @param captured the first of them; of the rest there are only headers
   * @param urgent whether the last one is urgent (MSG_OOB)
   */
  *data(from: End, length: number, captured: Uint8Array, urgent = false): Generator<Packet> {
    yield* this.open('local');
    const side = this.#sides[from];
    if (this.#phase !== 'open' || side.finished) return;
    let unacknowledged = 0;
    for (let at = 0; at < length; ) {
      const isKnown = at < captured.length;
      const most = !isKnown && length - at > OFFLOADED ? OFFLOADED : MSS;
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

  /** The abortive end of both directions. */
  *reset(from: End): Generator<Packet> {
    if (this.#phase !== 'open') return;
    // Once both directions have ended there is nothing left to abort.
    if (!(this.#sides.local.finished && this.#sides.remote.finished)) {
      yield this.#packet(from, TCP.RST | TCP.ACK);
    }
    this.#phase = 'over';
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
      // Points behind the urgent byte: RFC 6093, section 4.
      ...(flags & TCP.URG && payload && { urgent: payload.length + uncaptured }),
    });
  }
}

const other = (end: End): End => (end === 'local' ? 'remote' : 'local');
