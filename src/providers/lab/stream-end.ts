import type { ShutdownHow } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Readiness, Received } from '../provider.js';
import { nonEmpty } from './connect-and-disconnect-data.js';
import { Liveness, type Wire } from './keep-alive.js';
import { type Memory, NO_MEMORY } from './memory.js';
import type { SocketOptions } from './socket-options.js';
import { breakBoth, StreamSide } from './stream-side.js';
import { EVERYTHING } from './watches.js';

/**
 * One end of a connection: two byte queues, one each way, that end separately. Calls answer as Winsock's do
 * on a connected stream; whether there is a connection at all is the socket's business.
 */
export class StreamEnd {
  readonly #near: StreamSide;
  readonly #far: StreamSide;
  readonly #wire: Wire;
  /** Disconnect data that was fetched once; stays readable whatever becomes of the connection. */
  #fetched: Uint8Array | undefined;

  private constructor(near: StreamSide, far: StreamSide, wire: Wire) {
    this.#near = near;
    this.#far = far;
    this.#wire = wire;
    near.liveness = new Liveness(wire, near, (why) => breakBoth(wire.link, near, far, why));
  }

  /** Both ends of a new connection. @param memory where what is sent counts until it is read */
  static pair(
    caller: SocketOptions,
    callee: SocketOptions,
    wire: Wire,
    memory: Memory,
  ): [StreamEnd, StreamEnd] {
    const [a, b] = [new StreamSide(caller, memory), new StreamSide(callee, memory)];
    return [new StreamEnd(a, b, wire), new StreamEnd(b, a, wire)];
  }

  /** Gives the end to a socket: its options, and whom to tell of changes. */
  attach(options: SocketOptions, changed: () => void): void {
    this.#near.options = options;
    this.#near.changed = changed;
    this.optionsChanged();
  }

  /** SO_KEEPALIVE may be on or off now. */
  optionsChanged(): void {
    if (this.#near.broken === undefined) this.#near.liveness?.check();
  }

  /** Why calls fail since the connection was reset; undefined while it lives. */
  get broken(): WsaName | undefined {
    return this.#near.broken;
  }

  /** SD_RECEIVE: what comes cannot be delivered. */
  get receiveShut(): boolean {
    return this.#near.refuses;
  }

  /** Bytes that a recv could give now. */
  get available(): number {
    return this.#far.arrived;
  }

  /** Bytes that are on their way or have no room in the peer's buffer; what is there unread is not among them. */
  get unsent(): number {
    const { out, arrived, ended, endArrived } = this.#near;
    const bytes = Math.max(0, out.length - Math.min(arrived, this.#far.options.receiveBuffer));
    return ended && (bytes > 0 || !endArrived) ? bytes + 1 : bytes;
  }

  get readiness(): Readiness {
    const [near, far] = [this.#near, this.#far];
    if (near.broken !== undefined) return EVERYTHING;
    return {
      read: near.refuses || far.endArrived || far.arrived > 0,
      write: near.ended || far.refuses || this.#room > 0,
      hangup: far.endArrived,
    };
  }

  send(data: Uint8Array, call: string): Outcome<number> {
    if (this.#near.ended) return fail('WSAESHUTDOWN', call);
    if (this.#near.broken !== undefined) return fail(this.#near.broken, call);
    if (data.length === 0) return ok(0);
    if (this.#far.refuses) {
      // As on a wire: the send succeeds, the answer to it is a reset.
      this.#near.undelivered = true;
      this.#wire.link.pass(data.length, () => this.#answerWithReset());
      return ok(data.length);
    }
    // As Windows, which takes a send of any size whole while there is room at all.
    if (this.#room === 0) return fail('WSAEWOULDBLOCK', call);
    const taken = data.length;
    if (!this.#near.out.fits(taken)) return fail('WSAENOBUFS', call, { detail: NO_MEMORY });
    this.#near.out.push(data);
    this.#passed(taken, () => {
      this.#near.arrived = Math.min(this.#near.arrived + taken, this.#near.out.length);
      if (this.#far.refuses && this.#near.arrived > 0) this.#answerWithReset();
    });
    return ok(taken);
  }

  recv(into: Uint8Array, peek: boolean, call: string): Outcome<Received> {
    if (this.#near.refuses) return fail('WSAESHUTDOWN', call);
    if (this.#near.broken !== undefined) return fail(this.#near.broken, call);
    const { out: queue, arrived } = this.#far;
    if (arrived === 0 && !this.#far.endArrived) return fail('WSAEWOULDBLOCK', call);
    if (arrived === 0) return ok({ bytes: 0, eof: true, truncated: false });
    const room = into.subarray(0, arrived);
    const bytes = peek ? queue.peek(room) : queue.take(room);
    if (!peek) {
      this.#far.arrived -= bytes;
      this.#far.changed();
    }
    return ok({ bytes, eof: false, truncated: false });
  }

  /**
   * No error after a reset either: there is nothing left that it could fail to end.
   *
   * @param unread bytes that were received and are to be delivered yet
   */
  shutdown(how: ShutdownHow, unread: number): Outcome<void> {
    if (how !== 'SD_RECEIVE') this.#end(undefined);
    if (how !== 'SD_SEND') this.#refuse(unread);
    return done;
  }

  /**
   * Ends this direction, with data behind the last byte. Once: again without data, or with the same, does
   * nothing; with other data WSAESHUTDOWN, since what was sent cannot be unsent. After a reset there is
   * nobody to take data: WSAENOTCONN, without data nothing happens.
   */
  sendDisconnect(data: Uint8Array | undefined, call: string): Outcome<void> {
    const given = nonEmpty(data);
    if (given !== undefined && this.#near.broken !== undefined) return fail('WSAENOTCONN', call);
    if (!this.#near.ended) {
      this.#end(given);
      return done;
    }
    const sent = this.#near.disconnectData;
    if (given === undefined || (sent !== undefined && Buffer.compare(given, sent) === 0)) return done;
    return fail('WSAESHUTDOWN', call, {
      detail: 'this direction has ended already, without this disconnect data.',
    });
  }

  /**
   * Gives the peer's disconnect data if its direction has drained, and refuses what may still come. Before
   * that, it is only shutdown(SD_RECEIVE). After a reset there is only what was fetched before.
   *
   * @param unread bytes that were received and are to be delivered yet
   */
  recvDisconnect(room: number | undefined, unread: number, call: string): Outcome<Uint8Array | undefined> {
    const { endArrived, out, undelivered } = this.#far;
    const drained = endArrived && !undelivered && out.length === 0 && unread === 0;
    const data = this.#fetched ?? (drained ? this.#far.disconnectData : undefined);
    if (data !== undefined && room !== undefined && room < data.length) {
      return fail('WSAEFAULT', call, {
        extra: { requiredLength: data.length },
        detail: 'the disconnect data is longer than the buffer; nothing has happened.',
      });
    }
    this.#refuse(unread);
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
    this.#refuse(0);
    this.#far.letGoOfEmpty();
    // After a reset no end follows: the peer would take it for one that came before.
    if (this.broken === undefined) this.#end(undefined);
  }

  /** Lets the end go and resets the peer, unless both directions have drained: then nothing is left to lose. */
  abort(): void {
    this.#near.changed = () => {};
    this.#near.refuses = true;
    const over = [this.#near, this.#far].every((side) => side.ended && side.out.length === 0);
    if (over) this.#far.letGoOfEmpty();
    else this.#reset();
  }

  /** At least one byte: with SO_SNDBUF 0 Winsock sends from the caller's buffer, which the lab has not. */
  get #room(): number {
    const capacity = Math.max(1, this.#near.options.sendBuffer + this.#far.options.receiveBuffer);
    return Math.max(0, capacity - this.#near.out.length);
  }

  #end(data: Uint8Array | undefined): void {
    if (this.#near.ended) return;
    this.#near.ended = true;
    this.#near.disconnectData = data?.slice();
    this.#passed(0, () => {
      this.#near.endArrived = true;
      // Both ends have arrived, so everything before them has: nothing is left to be lost.
      if (!this.#far.endArrived) return;
      this.#near.liveness?.stop();
      this.#far.liveness?.stop();
    });
    this.#near.changed();
  }

  /** SD_RECEIVE: bytes that wait cannot be delivered any more, so the connection is reset. */
  #refuse(unread: number): void {
    if (this.#near.refuses) return;
    this.#near.refuses = true;
    if (this.#far.arrived + unread > 0) this.#reset();
    this.#far.changed();
    this.#near.changed();
  }

  /** Lets bytes or the end pass to the other side, which is told when they arrive. */
  #passed(bytes: number, arrive: () => void): void {
    const wire = this.#wire;
    wire.link.pass(bytes, () => {
      if (this.#near.broken !== undefined || this.#far.broken !== undefined) return;
      wire.heardAt = wire.clock.now();
      arrive();
      this.#far.changed();
    });
    if (wire.link.isCut) this.#near.liveness?.check();
  }

  /** This side resets the connection. */
  #reset(): void {
    breakBoth(this.#wire.link, this.#near, this.#far, 'WSAECONNABORTED');
  }

  /** What this side sent has reached a side that takes nothing more. */
  #answerWithReset(): void {
    const { link, clock } = this.#wire;
    clock.setImmediate(() => breakBoth(link, this.#far, this.#near, 'WSAECONNABORTED'));
  }
}
