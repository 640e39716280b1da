import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { hasBody } from '../headers.js';
import type { Turn } from '../memory/turn.js';
import type { AnswersUnderWay } from './answers-under-way.js';

/** Most bytes of requests that one connection has held: more than one piece of 64 KiB can have, if each has a token. */
const MOST_HELD_BYTES = 256 * 1024;

/** What a request takes beside its header, about. */
const REQUEST_BYTES = 100;

/** Who may hold requests: a connection on which a token has been seen. */
interface Known {
  isKnown(socket: Socket): boolean;
}

/** Requests of one connection that have come and may not begin yet, in their order. */
interface Line {
  readonly waiting: { readonly response: ServerResponse; readonly begin: () => void }[];
  /** Of those that wait. */
  bytes: number;
  /** Keeps the connection from being read; undefined: it is read. */
  pause?: (() => void) | undefined;
  /** Whether the first that waits will be looked at again: there is one such look under way, never two. */
  isAdvancing: boolean;
}

/**
 * Lets the requests of one connection begin in their order, which is not that in which their bodies have been
 * parsed, and only so many be under way at once. Further ones are not read: what one piece of the connection had of
 * them already is held, and nothing has been done for it if the client goes. While a call of the connection waits,
 * the connection is read all the same, or nobody would see that its client ends; then all that comes is held.
 * Whoever makes the daemon hold too much is cut off, and without a token whoever makes it hold anything.
 */
export class RequestOrder {
  readonly #answers: AnswersUnderWay;
  readonly #connections: Known;
  readonly #most: number;
  readonly #turn: Turn;
  readonly #lines = new WeakMap<Socket, Line>();
  /** Answers of calls that wait. */
  readonly #hearing = new WeakSet<ServerResponse>();

  /** @param most requests of one connection that are under way at once */
  constructor(answers: AnswersUnderWay, connections: Known, most: number, turn: Turn) {
    this.#answers = answers;
    this.#connections = connections;
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
    if (owed.length === 1 && !this.#turn.isFull) {
      begin();
      return;
    }
    const line = this.#lines.get(socket) ?? { waiting: [], bytes: 0, isAdvancing: false };
    this.#lines.set(socket, line);
    line.waiting.push({ response, begin });
    line.bytes += bytesOf(response);
    if (owed.length > this.#most) {
      const isTried = line.waiting[0]?.response !== owed[0];
      if (line.bytes > MOST_HELD_BYTES || (isTried && !this.#connections.isKnown(socket))) cut(socket);
      else if (line.pause === undefined && !owed.some((one) => this.#hearing.has(one))) pause(socket, line);
    }
    // The others have come before it, and wait for what it has to wait for.
    if (line.isAdvancing) return;
    line.isAdvancing = true;
    afterCallsOfTurn(() => this.#advance(socket, line));
  }

  /** The call of this answer waits and must see that its client ends, until it is answered. */
  hear(response: ServerResponse): void {
    this.#hearing.add(response);
    const line = this.#lines.get(response.req.socket);
    if (line) resume(response.req.socket, line);
  }

  /** Whether a connection is not read now, because requests of it wait. */
  isPaused(socket: Socket): boolean {
    return this.#lines.get(socket)?.pause !== undefined;
  }

  #advance(socket: Socket, line: Line): void {
    const { waiting } = line;
    if (socket.destroyed) waiting.length = 0;
    const [first] = waiting;
    if (first === undefined) {
      line.isAdvancing = false;
      resume(socket, line);
      return;
    }
    const advance = (): void => this.#advance(socket, line);
    if (this.#mustWait(first.response, advance)) return;
    waiting.shift();
    line.bytes -= bytesOf(first.response);
    this.#turn.beginBehindOthers();
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
    const beginning = before.find((one) => !hasBegun(one));
    // What it consumed is kept until it is written: the call behind it on that socket comes before this one.
    if (oldest?.writableEnded) oldest.once('close', () => afterCallsOfTurn(advance));
    else if (oldest !== undefined && before.length >= this.#most) oldest.once('close', advance);
    else if (beginning !== undefined) beginning.req.once('close', advance);
    // By the text of its token: whether it is one, the gates say.
    else if (this.#turn.isFull) this.#turn.wait(response.req.headers.authorization ?? '', advance);
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
const hasBegun = ({ req, headersSent }: ServerResponse): boolean =>
  headersSent || !hasBody(req.headers) || req.readableEnded || req.destroyed;

/** What a request takes while it is held. */
const bytesOf = ({ req }: ServerResponse): number =>
  req.rawHeaders.reduce((bytes, text) => bytes + text.length, REQUEST_BYTES + (req.url?.length ?? 0));

/**
 * Ends a connection within the piece of it that is parsed now: this would go on to its end, thousands of requests. Any
 * result but 0 to 2 is an error of the parser, which Node reports as one of the client.
 */
const cut = (socket: Socket): void => {
  // Private members of Node: without them the rest of the piece is only held in vain.
  const { parser } = socket as Socket & { readonly parser?: { onIncoming?: () => number } | null };
  if (parser?.onIncoming) parser.onIncoming = () => -1;
  socket.destroy();
};

const pause = (socket: Socket, line: Line): void => {
  if (line.pause !== undefined) return;
  line.pause = () => socket.pause();
  // Node itself resumes a connection at the end of each request, and for bodies.
  socket.on('resume', line.pause).pause();
};

const resume = (socket: Socket, line: Line): void => {
  if (line.pause === undefined) return;
  socket.off('resume', line.pause).resume();
  line.pause = undefined;
};
