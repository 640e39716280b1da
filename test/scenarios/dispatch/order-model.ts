/** A model of two sockets whose requests all arrive together. */

/** A step, of the socket 0 or 1. */
export interface Step {
  readonly on: 0 | 1;
  readonly kind: 'send' | 'recv' | 'ioctl' | 'cancel' | 'shutdown' | 'sendDisconnect' | 'close';
  /** For a recv. */
  readonly maxBytes: number;
}

interface Socket {
  /** Unread bytes. */
  available: number;
  received: number;
  sendShut: boolean;
  receiveShut: boolean;
  closed: boolean;
  /** The recv that has the lane, until it ends without bytes or its answer is written. */
  holder: number | undefined;
  readonly queue: number[];
}

/** The end of a call: `ok`, a code, or the bytes received, as a range of the stream. */
export type End = string | readonly [from: number, to: number];

/**
 * A lane has one call at a time, in the order of arrival. A call that need not wait ends before the next
 * request begins. A call that takes bytes keeps its lane until its answer is written, and answers are written
 * in the order of the requests.
 */
export class OrderModel {
  /**
   * The steps that were made: all but a shutdown with unread bytes, at which a stack may reset the
   * connection.
   */
  readonly script: Step[] = [];
  /** The results of the calls that have ended. */
  readonly ends = new Map<number, End>();
  /** Indices in the order in which the calls ended; an inner list has calls that one call ended together. */
  readonly order: (number | number[])[] = [];
  readonly #sockets: readonly Socket[];
  /** How many answers are written. */
  #written = 0;

  constructor(script: readonly Step[], available: readonly number[]) {
    this.#sockets = available.map((bytes) => ({
      available: bytes,
      received: 0,
      sendShut: false,
      receiveShut: false,
      closed: false,
      holder: undefined,
      queue: [],
    }));
    for (const given of script) {
      const unread = given.kind === 'shutdown' && this.#of(given.on).available > 0;
      const step: Step = unread ? { ...given, kind: 'ioctl' } : given;
      this.#arrives(step, this.script.push(step) - 1);
      this.#write();
    }
  }

  /** The calls of one socket that still wait. */
  waiting(on: number): number[] {
    return this.script.flatMap((step, place) => (step.on === on && !this.ends.has(place) ? [place] : []));
  }

  /** Whether bytes must arrive for every call to end. */
  needsBytes(on: number): boolean {
    return !this.#of(on).receiveShut && this.waiting(on).length > 0;
  }

  #arrives({ on, kind }: Step, place: number): void {
    const socket = this.#of(on);
    if (socket.closed) this.#ends(place, 'WSAENOTSOCK');
    else if (kind === 'recv') {
      if (socket.holder === undefined) this.#turn(socket, place);
      else socket.queue.push(place);
    } else if (kind === 'close') {
      socket.closed = true;
      this.#endWaiting(socket, 'WSAEINTR');
      this.#ends(place, 'ok');
    } else {
      this.#ends(place, kind === 'send' && socket.sendShut ? 'WSAESHUTDOWN' : 'ok');
      if (kind === 'sendDisconnect') socket.sendShut = true;
      if (kind === 'shutdown') socket.receiveShut = true;
      if (kind === 'shutdown') this.#endWaiting(socket, 'WSAESHUTDOWN');
      if (kind === 'cancel') this.#endWaiting(socket, 'WSA_OPERATION_ABORTED');
    }
  }

  /** The recv gets the lane; if receiving is shut down, only for its native call. */
  #turn(socket: Socket, place: number): void {
    if (socket.receiveShut) {
      this.#ends(place, 'WSAESHUTDOWN');
      return;
    }
    socket.holder = place;
    if (socket.available === 0) return;
    const bytes = Math.min(socket.available, this.script[place]?.maxBytes ?? 0);
    const from = socket.received;
    socket.available -= bytes;
    socket.received += bytes;
    this.#ends(place, [from, from + bytes]);
  }

  #endWaiting(socket: Socket, code: string): void {
    const { holder } = socket;
    const ended = socket.queue.splice(0);
    if (holder !== undefined && !this.ends.has(holder)) {
      ended.unshift(holder);
      socket.holder = undefined;
    }
    for (const place of ended) this.ends.set(place, code);
    if (ended.length > 0) this.order.push(ended);
  }

  #ends(place: number, end: End): void {
    this.ends.set(place, end);
    this.order.push(place);
  }

  /** Writes the answers whose turn has come; a recv then releases its lane. */
  #write(): void {
    for (; this.ends.has(this.#written); this.#written++) {
      const socket = this.#of(this.script[this.#written]?.on ?? 0);
      if (socket.holder !== this.#written) continue;
      socket.holder = undefined;
      while (socket.holder === undefined) {
        const next = socket.queue.shift();
        if (next === undefined) break;
        this.#turn(socket, next);
      }
    }
  }

  #of(on: number): Socket {
    const socket = this.#sockets[on];
    if (!socket) throw new RangeError(`there is no socket ${on}`);
    return socket;
  }
}
