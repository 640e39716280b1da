import type { ShutdownHow } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Readiness, Received } from '../provider.js';
import { nonEmpty } from './connect-and-disconnect-data.js';
import { Liveness, type Wire } from './keep-alive.js';
import { type Memory, NO_MEMORY } from './memory.js';
import type { SocketOptions } from './socket-options.js';
import { breakBoth, StreamSide } from './stream-side.js';
import { ALL_READY } from './watches.js';

/**
 * One end of a connection. A connection is two byte queues, one for each direction, that end separately. The
 * calls answer as those of Winsock on a connected stream; the socket knows whether there is a connection.
 */
export class StreamEnd {
  readonly #near: StreamSide;
  readonly #far: StreamSide;
  readonly #wire: Wire;
  /** Disconnect data that was read once; it stays readable after a reset. */
  #fetched: Uint8Array | undefined;

  private constructor(near: StreamSide, far: StreamSide, wire: Wire) {
    this.#near = near;
    this.#far = far;
    this.#wire = wire;
    near.liveness = new Liveness(wire, near, (why) => breakBoth(wire.link, near, far, why));
  }

  /** Both ends of a new connection. @param memory accounts for sent bytes until they are read */
  static pair(
    caller: SocketOptions,
    callee: SocketOptions,
    wire: Wire,
    memory: Memory,
  ): [StreamEnd, StreamEnd] {
    const [a, b] = [new StreamSide(caller, memory), new StreamSide(callee, memory)];
    return [new StreamEnd(a, b, wire), new StreamEnd(b, a, wire)];
  }

  /** Attaches the end to a socket. @param changed called after each change that the socket can observe */
  attach(options: SocketOptions, changed: () => void): void {
    this.#near.options = options;
    this.#near.changed = changed;
    this.optionsChanged();
  }

  /** Must be called after SO_KEEPALIVE or its times may have changed. */
  optionsChanged(): void {
    if (this.#near.broken === undefined) this.#near.liveness?.check();
  }

  /** The code of calls after the connection was reset; undefined before. */
  get broken(): WsaName | undefined {
    return this.#near.broken;
  }

  /** After SD_RECEIVE nothing can be delivered. */
  get receiveShut(): boolean {
    return this.#near.refuses;
  }

  /** Bytes that a recv could return now. */
  get available(): number {
    return this.#far.arrived;
  }

  /**
   * Bytes in transit, or without room in the peer's receive buffer; unread bytes in that buffer do not
   * count.
   */
  get unsent(): number {
    const { out, arrived, ended, endArrived } = this.#near;
    const bytes = Math.max(0, out.length - Math.min(arrived, this.#far.options.receiveBuffer));
    return ended && (bytes > 0 || !endArrived) ? bytes + 1 : bytes;
  }

  get readiness(): Readiness {
    const [near, far] = [this.#near, this.#far];
    if (near.broken !== undefined) return ALL_READY;
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
      // As with TCP, the send succeeds and its answer is a reset.
      this.#near.undelivered = true;
      this.#wire.link.pass(data.length, () => this.#answerWithReset());
      return ok(data.length);
    }
    // Windows accepts a send of any size completely while there is any room.
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
   * Succeeds after a reset too: no direction is left to end.
   *
   * @param unread bytes that the daemon has received and not delivered
   */
  shutdown(how: ShutdownHow, unread: number): Outcome<void> {
    if (how !== 'SD_RECEIVE') this.#end(undefined);
    if (how !== 'SD_SEND') this.#refuse(unread);
    return done;
  }

  /**
   * Ends this direction, with data after the last byte. A second call without data, or with the same data,
   * does nothing; with other data it is WSAESHUTDOWN. After a reset a call with data is WSAENOTCONN, and one
   * without does nothing.
   */
  sendDisconnect(data: Uint8Array | undefined, call: string): Outcome<void> {
    const given = nonEmpty(data);
    if (given !== undefined && this.#near.broken !== undefined) {
      return fail('WSAENOTCONN', call, {
        detail: 'the connection was reset; its peer gets no data any more.',
      });
    }
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
   * Returns the peer's disconnect data if its direction has drained, and refuses further data. Before that,
   * it is only shutdown(SD_RECEIVE). After a reset it returns only data that was read before.
   *
   * @param unread bytes that the daemon has received and not delivered
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
   * Closes this end as closesocket with linger off: sent bytes still arrive, then the peer sees the end.
   * With unread bytes here the peer is reset instead, as on Windows.
   */
  close(): void {
    this.#near.changed = () => {};
    if (this.#near.broken !== undefined) return;
    this.#refuse(0);
    this.#far.freeEmptyBuffer();
    // No end follows a reset: the peer would treat it as an end that came before.
    if (this.broken === undefined) this.#end(undefined);
  }

  /** Closes this end and resets the peer, unless both directions have drained: then nothing can be lost. */
  abort(): void {
    this.#near.changed = () => {};
    this.#near.refuses = true;
    const over = [this.#near, this.#far].every((side) => side.ended && side.out.length === 0);
    if (over) this.#far.freeEmptyBuffer();
    else this.#reset();
  }

  /**
   * The capacity is at least one byte: with SO_SNDBUF 0 Winsock sends from the caller's buffer, which the
   * lab cannot.
   */
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
      // Both directions have ended and all bytes have arrived, so nothing can be lost.
      if (!this.#far.endArrived) return;
      this.#near.liveness?.stop();
      this.#far.liveness?.stop();
    });
    this.#near.changed();
  }

  /** SD_RECEIVE: pending bytes cannot be delivered any more, so they reset the connection. */
  #refuse(unread: number): void {
    if (this.#near.refuses) return;
    this.#near.refuses = true;
    if (this.#far.arrived + unread > 0) this.#reset();
    this.#far.changed();
    this.#near.changed();
  }

  /** Sends bytes or the end to the other side, which is notified when they arrive. */
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

  /** Data of this side has reached a side that receives no more: it answers with a reset. */
  #answerWithReset(): void {
    const { link, clock } = this.#wire;
    clock.setImmediate(() => breakBoth(link, this.#far, this.#near, 'WSAECONNABORTED'));
  }
}
