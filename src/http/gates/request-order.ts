import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { hasBody } from '../headers.js';
import type { TurnLoad } from '../memory/turn-load.js';
import type { AnswersUnderWay } from './answers-under-way.js';
import { closesBehind, cut, Pause, readAgain } from './reading.js';

/** Most bytes of requests that one connection has held: more than one piece of 64 KiB can have, if each has a token. */
const MOST_HELD_BYTES = 256 * 1024;

/** What a request takes beside its header, about. */
const REQUEST_BYTES = 100;

/** The owner whose token an Authorization field has; undefined where it has none. */
type OwnerOf = (authorization: string | undefined) => string | undefined;

/** Requests of one connection that have come and may not begin yet, in their order. */
interface Line {
  readonly waiting: { readonly response: ServerResponse; readonly begin: () => void }[];
  /** Of those that wait, without their bodies. */
  bytes: number;
  /** Present while the connection is not read. */
  pause?: Pause | undefined;
  /** Whether it is read again whenever Node stops: from the first call on that waits. */
  isKeptReading: boolean;
  /** Whether #advance is under way or will be called: once, never twice. */
  isAdvancing: boolean;
}

/**
 * Lets the requests of one connection begin in their order, which is not that in which their bodies have been
 * parsed, and only so many be under way at once. Further ones are not read: what one piece of the connection had of
 * them already is held, and nothing has been done for it if the client goes. While a call of the connection waits,
 * the connection is read all the same, since its client might end; then all that comes is held.
 * A connection is cut that makes the daemon hold too much, or that brings a request without a token while as many as
 * may be are under way.
 */
export class RequestOrder {
  readonly #answers: AnswersUnderWay;
  readonly #ownerOf: OwnerOf;
  readonly #most: number;
  readonly #turn: TurnLoad;
  readonly #lines = new WeakMap<Socket, Line>();
  /** Answers of calls that have begun to wait. */
  readonly #waitingCalls = new WeakSet<ServerResponse>();

  /** @param most requests of one connection that are under way at once */
  constructor(answers: AnswersUnderWay, ownerOf: OwnerOf, most: number, turn: TurnLoad) {
    this.#answers = answers;
    this.#ownerOf = ownerOf;
    this.#most = most;
    this.#turn = turn;
  }

  /** Begins a request that has just come: now, or when it is its turn. */
  enter(response: ServerResponse, begin: () => void): void {
    const { socket } = response.req;
    if (socket.destroyed) {
      cut(socket);
      return;
    }
    this.#answers.note(response);
    const owed = this.#answers.owed(socket);
    const isEncrypted = socket instanceof TLSSocket;
    if (owed.length === 1 && !this.#turn.isFull && !isEncrypted) {
      begin();
      return;
    }
    const line = this.#lineOf(socket);
    line.waiting.push({ response, begin });
    line.bytes += bytesOf(response);
    const isMore = owed.length > this.#most;
    if (line.bytes > MOST_HELD_BYTES || (isMore && this.#ownerOf(authorizationOf(response)) === undefined)) {
      cut(socket);
    } else if (isMore && !this.#hasWaitingCall(socket)) line.pause ??= new Pause(socket);
    // The others have come before it, and wait for what it has to wait for.
    if (line.isAdvancing) return;
    line.isAdvancing = true;
    const advance = (): void => this.#advance(socket, line);
    // Node loses its way in a piece with several TLS records when an answer is made before the last of them is parsed.
    if (isEncrypted) setImmediate(advance);
    else afterCallsOfTurn(advance);
  }

  /** The call of this answer waits: until it is answered it must see that its client ends. */
  hear(response: ServerResponse): void {
    const { socket } = response.req;
    this.#waitingCalls.add(response);
    const line = this.#lineOf(socket);
    resume(line);
    if (line.isKeptReading) return;
    line.isKeptReading = true;
    // Node stops for a body that is held, and for answers that wait behind that of the call.
    const goOn = (): void => {
      if (!this.#hasWaitingCall(socket)) return;
      const held = line.waiting.reduce((bytes, one) => bytes + one.response.req.readableLength, line.bytes);
      if (held > MOST_HELD_BYTES) cut(socket);
      else readAgain(socket);
    };
    socket.on('pause', goOn);
    if (socket.isPaused()) goOn();
  }

  /** Whether a connection is not read now, because requests of it wait. */
  isPaused(socket: Socket): boolean {
    return this.#lines.get(socket)?.pause !== undefined;
  }

  #lineOf(socket: Socket): Line {
    let line = this.#lines.get(socket);
    if (!line) {
      line = { waiting: [], bytes: 0, isKeptReading: false, isAdvancing: false };
      this.#lines.set(socket, line);
    }
    return line;
  }

  #hasWaitingCall(socket: Socket): boolean {
    return this.#answers.owed(socket).some((one) => this.#waitingCalls.has(one) && !one.writableEnded);
  }

  #advance(socket: Socket, line: Line): void {
    const { waiting } = line;
    // What would have to be answered behind the last answer is not begun.
    if (!socket.writable || this.#answers.owed(socket).some(closesBehind)) waiting.length = 0;
    const [first] = waiting;
    if (first === undefined) {
      line.isAdvancing = false;
      resume(line);
      return;
    }
    const advance = (): void => this.#advance(socket, line);
    if (this.#mustWait(first.response, advance)) return;
    waiting.shift();
    line.bytes -= bytesOf(first.response);
    this.#turn.addPipelined();
    first.begin();
    afterCallsOfTurn(advance);
  }

  /**
   * Whether the first request that waits goes on waiting.
   *
   * @param advance runs when what it waits for is over
   */
  #mustWait(response: ServerResponse, advance: () => void): boolean {
    const owed = this.#answers.owed(response.req.socket);
    // Among them may be some that were answered past this order, since they make no call.
    const before = owed.slice(0, owed.indexOf(response));
    const [oldest] = before;
    const beginning = before.find((one) => !isRead(one));
    // What it consumed is kept until it is written: the call behind it on that socket comes before this one.
    if (oldest?.writableEnded) oldest.once('close', () => afterCallsOfTurn(advance));
    else if (oldest !== undefined && before.length >= this.#most) oldest.once('close', advance);
    else if (beginning !== undefined) beginning.req.once('close', advance);
    else if (this.#turn.isFull) this.#turn.wait(this.#ownerOf(authorizationOf(response)) ?? '', advance);
    else return false;
    return true;
  }
}

/**
 * Runs in this turn of the event loop, behind all that has begun in it and needs no wait: the answers of these calls
 * are counted before the next one is judged.
 */
const afterCallsOfTurn = (run: () => void): void => queueMicrotask(() => process.nextTick(run));

/** A call begins when the last of its body has been read; what is refused has its answer before. */
const isRead = ({ req, headersSent }: ServerResponse): boolean =>
  headersSent || !hasBody(req.headers) || req.readableEnded || req.destroyed;

/** What a request takes while it is held. */
const bytesOf = ({ req }: ServerResponse): number =>
  req.rawHeaders.reduce((bytes, text) => bytes + text.length, REQUEST_BYTES + (req.url?.length ?? 0));

const authorizationOf = ({ req }: ServerResponse): string | undefined => req.headers.authorization;

const resume = (line: Line): void => {
  line.pause?.end();
  line.pause = undefined;
};
