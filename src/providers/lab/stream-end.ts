import type { ShutdownHow } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Readiness, Received } from '../provider.js';
import { ByteQueue } from './byte-queue.js';
import { EVERYTHING } from './watches.js';

/** SO_SNDBUF and SO_RCVBUF of the socket at an end, in bytes. */
export interface BufferSizes {
  readonly sendBuffer: number;
  readonly receiveBuffer: number;
}

/** What one end has done: read by both ends, so that a connection has one truth. */
interface Side {
  /** Sent by this side and not yet read by the other. */
  readonly out: ByteQueue;
  buffers: BufferSizes;
  /** Told whenever something that the owner of this end can see has changed. */
  changed: () => void;
  /** No more bytes come after those in `out`. */
  ended: boolean;
  /** Goes behind the last byte (rule of graceful release): the other side sees it when it has drained. */
  disconnectData: Uint8Array | undefined;
  /** SD_RECEIVE, or closed: what comes now cannot be delivered. */
  refuses: boolean;
  /** The connection was reset; what calls on this side answer from then on. */
  broken: WsaName | undefined;
}

const newSide = (buffers: BufferSizes): Side => ({
  out: new ByteQueue(),
  buffers,
  changed: () => {},
  ended: false,
  disconnectData: undefined,
  refuses: false,
  broken: undefined,
});

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/**
 * One end of a connection: two byte queues, one each way, that end separately. Calls answer as Winsock's do
 * on a connected stream; whether there is a connection at all is the socket's business.
 */
export class StreamEnd {
  readonly #near: Side;
  readonly #far: Side;
  readonly #later: (run: () => void) => void;
  /** Disconnect data that was fetched once; stays readable whatever becomes of the connection. */
  #fetched: Uint8Array | undefined;

  private constructor(near: Side, far: Side, later: (run: () => void) => void) {
    this.#near = near;
    this.#far = far;
    this.#later = later;
  }

  /** Both ends of a new connection. @param later runs a function in a later turn */
  static pair(
    caller: BufferSizes,
    callee: BufferSizes,
    later: (run: () => void) => void,
  ): [StreamEnd, StreamEnd] {
    const [a, b] = [newSide(caller), newSide(callee)];
    return [new StreamEnd(a, b, later), new StreamEnd(b, a, later)];
  }

  /** Gives the end to a socket: its buffer sizes, and whom to tell of changes. */
  attach(buffers: BufferSizes, changed: () => void): void {
    this.#near.buffers = buffers;
    this.#near.changed = changed;
  }

  /** Why calls fail since the connection was reset; undefined while it lives. */
  get broken(): WsaName | undefined {
    return this.#near.broken;
  }

  /** Bytes that a recv could give now. */
  get available(): number {
    return this.#far.out.length;
  }

  /** Bytes that the peer has not read. */
  get unsent(): number {
    return this.#near.out.length;
  }

  get readiness(): Readiness {
    const [near, far] = [this.#near, this.#far];
    if (near.broken !== undefined) return EVERYTHING;
    return {
      read: near.refuses || far.ended || far.out.length > 0,
      write: near.ended || far.refuses || this.#room > 0,
      hangup: far.ended,
    };
  }

  send(data: Uint8Array, call: string): Outcome<number> {
    if (this.#near.ended) return fail('WSAESHUTDOWN', call);
    if (this.#near.broken !== undefined) return fail(this.#near.broken, call);
    if (data.length === 0) return ok(0);
    if (this.#far.refuses) {
      // As on a wire: the send succeeds, the answer to it is a reset.
      this.#later(() => this.#reset('WSAECONNRESET', 'WSAECONNABORTED'));
      return ok(data.length);
    }
    const taken = Math.min(data.length, this.#room);
    if (taken === 0) return fail('WSAEWOULDBLOCK', call);
    this.#near.out.push(data.subarray(0, taken));
    this.#far.changed();
    return ok(taken);
  }

  recv(into: Uint8Array, peek: boolean, call: string): Outcome<Received> {
    if (this.#near.refuses) return fail('WSAESHUTDOWN', call);
    if (this.#near.broken !== undefined) return fail(this.#near.broken, call);
    const queue = this.#far.out;
    if (queue.length === 0) {
      return this.#far.ended ? ok({ bytes: 0, eof: true, truncated: false }) : fail('WSAEWOULDBLOCK', call);
    }
    const bytes = peek ? queue.peek(into) : queue.take(into);
    if (!peek) this.#far.changed();
    return ok({ bytes, eof: false, truncated: false });
  }

  /** No error after a reset either: there is nothing left that it could fail to end. */
  shutdown(how: ShutdownHow): Outcome<void> {
    if (how !== 'SD_RECEIVE') this.#end(undefined);
    if (how !== 'SD_SEND') this.#refuse();
    return done;
  }

  /**
   * Ends this direction, with data behind the last byte. Once: again without data, or with the same, does
   * nothing; with other data WSAESHUTDOWN, since what was sent cannot be unsent. After a reset there is
   * nobody to take data: WSAENOTCONN, without data nothing happens.
   */
  sendDisconnect(data: Uint8Array | undefined, call: string): Outcome<void> {
    const given = data !== undefined && data.length > 0 ? data : undefined;
    if (given !== undefined && this.#near.broken !== undefined) return fail('WSAENOTCONN', call);
    if (!this.#near.ended) {
      this.#end(given);
      return done;
    }
    const sent = this.#near.disconnectData;
    if (given === undefined || (sent !== undefined && sameBytes(given, sent))) return done;
    return fail('WSAESHUTDOWN', call, {
      detail: 'this direction has ended already, without this disconnect data.',
    });
  }

  /**
   * Gives the peer's disconnect data if its direction has drained, and refuses what may still come. Before
   * that, it is only shutdown(SD_RECEIVE). After a reset there is only what was fetched before.
   */
  recvDisconnect(room: number | undefined, call: string): Outcome<Uint8Array | undefined> {
    const drained = this.#far.ended && this.#far.out.length === 0;
    const data = this.#fetched ?? (drained ? this.#far.disconnectData : undefined);
    if (data !== undefined && room !== undefined && room < data.length) {
      return fail('WSAEFAULT', call, {
        extra: { requiredLength: data.length },
        detail: 'the disconnect data is longer than the buffer; nothing has happened.',
      });
    }
    this.#refuse();
    if (room === undefined || data === undefined) return ok(undefined);
    this.#fetched = data;
    return ok(data.slice());
  }

  /**
   * Lets the end go as closesocket with linger off: what was sent still arrives, then the peer sees the
   * end. With unread bytes here the peer is reset instead, as Windows does.
   */
  close(): void {
    this.#near.changed = () => {};
    if (this.#near.broken !== undefined) return;
    this.#end(undefined);
    this.#refuse();
  }

  /** Lets the end go and resets the peer, unless both directions have drained: then nothing is left to lose. */
  abort(): void {
    this.#near.changed = () => {};
    this.#near.refuses = true;
    const over = [this.#near, this.#far].every((side) => side.ended && side.out.length === 0);
    if (!over) this.#reset('WSAECONNABORTED', 'WSAECONNRESET');
  }

  /** At least one byte: with SO_SNDBUF 0 Winsock sends from the caller's buffer, which the lab has not. */
  get #room(): number {
    const capacity = Math.max(1, this.#near.buffers.sendBuffer + this.#far.buffers.receiveBuffer);
    return Math.max(0, capacity - this.#near.out.length);
  }

  #end(data: Uint8Array | undefined): void {
    if (this.#near.ended) return;
    this.#near.ended = true;
    this.#near.disconnectData = data?.slice();
    this.#far.changed();
    this.#near.changed();
  }

  /** SD_RECEIVE: bytes that wait cannot be delivered any more, so the connection is reset. */
  #refuse(): void {
    if (this.#near.refuses) return;
    this.#near.refuses = true;
    if (this.#far.out.length > 0) this.#reset('WSAECONNABORTED', 'WSAECONNRESET');
    this.#far.changed();
    this.#near.changed();
  }

  /** Both ends break for good; queued bytes and disconnect data are lost, as after a TCP RST. */
  #reset(near: WsaName, far: WsaName): void {
    if (this.#near.broken !== undefined) return;
    this.#near.broken = near;
    this.#far.broken = far;
    for (const side of [this.#near, this.#far]) {
      side.out.clear();
      side.disconnectData = undefined;
    }
    this.#near.changed();
    this.#far.changed();
  }
}
