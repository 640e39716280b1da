import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { hasBody } from '../headers.js';
import type { TurnLoad } from '../memory/turn-load.js';
import type { AnswersUnderWay } from './answers-under-way.js';
import { closesBehind, cut, Pause, readAgain } from './reading.js';

/**
 * The most bytes of held requests of one connection: more than one chunk of 64 KiB makes if each has a token.
 */
const MOST_HELD_BYTES = 256 * 1024;

/** The approximate memory of a held request beside its header. */
const REQUEST_BYTES = 100;

/** The owner of the token in an Authorization field; undefined where it has no known token. */
type OwnerOf = (authorization: string | undefined) => string | undefined;

/** The requests of one connection that have arrived and may not begin yet, in their order. */
interface Line {
  readonly waiting: { readonly response: ServerResponse; readonly begin: () => void }[];
  /** The approximate bytes of the waiting requests, without their bodies. */
  bytes: number;
  /** Present while the connection is not read. */
  pause?: Pause | undefined;
  /** Whether it is resumed whenever Node pauses it: from the first pending call on. */
  isKeptReading: boolean;
  /** Whether #advance is running or scheduled; it is scheduled once at a time. */
  isAdvancing: boolean;
}

/**
 * Begins the requests of one connection in their order, at most so many at once. (Node emits them in the
 * order in which their headers were parsed, and their bodies can end in another.) The connection is paused
 * while more have arrived: requests of the chunk that was read already are held, and nothing is done for them
 * if the client disconnects. While a call of the connection is pending, the connection is still read, to
 * notice the end of the client; what arrives is held. A connection is cut when it makes the daemon hold too
 * many bytes, or when a request without a known token arrives above the limit.
 */
export class RequestOrder {
  readonly #answers: AnswersUnderWay;
  readonly #ownerOf: OwnerOf;
  readonly #most: number;
  readonly #turn: TurnLoad;
  readonly #lines = new WeakMap<Socket, Line>();
  /** The answers of pending calls. */
  readonly #waitingCalls = new WeakSet<ServerResponse>();
  /** The connections on which a body arrives that may take any time. */
  readonly #longBodies = new WeakSet<Socket>();

  /** @param most the most requests of one connection that are under way at once */
  constructor(answers: AnswersUnderWay, ownerOf: OwnerOf, most: number, turn: TurnLoad) {
    this.#answers = answers;
    this.#ownerOf = ownerOf;
    this.#most = most;
    this.#turn = turn;
  }

  /** Begins a request that has just arrived: now, or in its turn. */
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
    // Requests before it are waiting already.
    if (line.isAdvancing) return;
    line.isAdvancing = true;
    const advance = (): void => this.#advance(socket, line);
    // Node's parser fails on a chunk of several TLS records when an answer is written before the last is
    // parsed.
    if (isEncrypted) setImmediate(advance);
    else afterCallsOfTurn(advance);
  }

  /**
   * Keeps the connection read until the pending call of this answer ends, so that the end of its client is
   * noticed.
   */
  keepReading(response: ServerResponse): void {
    const { socket } = response.req;
    this.#waitingCalls.add(response);
    const line = this.#lineOf(socket);
    resume(line);
    if (line.isKeptReading) return;
    line.isKeptReading = true;
    // Node pauses for the body of a held request, and for answers that wait behind that of the call.
    const goOn = (): void => {
      if (!this.#hasWaitingCall(socket)) return;
      const held = line.waiting.reduce((bytes, one) => bytes + one.response.req.readableLength, line.bytes);
      if (held > MOST_HELD_BYTES) cut(socket);
      else readAgain(socket);
    };
    socket.on('pause', goOn);
    if (socket.isPaused()) goOn();
  }

  /** The body of this answer's request may take any time, as long as its own reader waits for it. */
  takesLong(response: ServerResponse): void {
    this.#longBodies.add(response.req.socket);
    response.req.once('close', () => this.#longBodies.delete(response.req.socket));
  }

  /** Whether a long body arrives on a connection: Node's limit for a whole request is not for it. */
  hasLongBody(socket: Socket): boolean {
    return this.#longBodies.has(socket);
  }

  /** Whether a connection is paused because too many of its requests have arrived. */
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
    // No request begins behind an answer that closes the connection.
    if (!socket.writable || this.#answers.owed(socket).some(closesBehind)) waiting.length = 0;
    const [first] = waiting;
    if (first === undefined) {
      line.isAdvancing = false;
      resume(line);
      return;
    }
    const advance = (): void => this.#advance(socket, line);
    if (this.#holdsBack(first.response, advance)) return;
    waiting.shift();
    line.bytes -= bytesOf(first.response);
    this.#turn.addPipelined();
    first.begin();
    afterCallsOfTurn(advance);
  }

  /**
   * Whether the first waiting request may not begin yet; then `advance` runs later.
   *
   * @param advance runs when the reason for that has ended
   */
  #holdsBack(response: ServerResponse, advance: () => void): boolean {
    const owed = this.#answers.owed(response.req.socket);
    // Refusals that make no call may be among them; they do not wait here.
    const before = owed.slice(0, owed.indexOf(response));
    const [oldest] = before;
    const beginning = before.find((one) => !isRead(one));
    // A call on the same socket may still wait in its lane for this answer to be written; it comes first.
    if (oldest?.writableEnded) oldest.once('close', () => afterCallsOfTurn(advance));
    else if (oldest !== undefined && before.length >= this.#most) oldest.once('close', advance);
    else if (beginning !== undefined) beginning.req.once('close', advance);
    else if (this.#turn.isFull) this.#turn.wait(this.#ownerOf(authorizationOf(response)) ?? '', advance);
    else return false;
    return true;
  }
}

/**
 * Runs in this turn of the event loop, after every call that has begun in it and does not wait: their answers
 * are counted before the next request begins.
 */
export const afterCallsOfTurn = (run: () => void): void => queueMicrotask(() => process.nextTick(run));

/** A call begins when its body has been read; a refused request is answered before. */
const isRead = ({ req, headersSent }: ServerResponse): boolean =>
  headersSent || !hasBody(req.headers) || req.readableEnded || req.destroyed;

/** The approximate memory of a held request. */
const bytesOf = ({ req }: ServerResponse): number =>
  req.rawHeaders.reduce((bytes, text) => bytes + text.length, REQUEST_BYTES + (req.url?.length ?? 0));

const authorizationOf = ({ req }: ServerResponse): string | undefined => req.headers.authorization;

const resume = (line: Line): void => {
  line.pause?.end();
  line.pause = undefined;
};
