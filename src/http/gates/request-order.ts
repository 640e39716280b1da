import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { hasBody } from '../headers.js';
import type { Turn } from '../memory/turn.js';
import type { AnswersUnderWay } from './answers-under-way.js';

/**
 * Requests of one connection that are held: as many as one piece of 64 KiB can have where each carries a Host and a token.
 * Only who means harm sends more.
 */
const MOST_HELD = 1000;

/** Requests of one connection that have come and may not begin yet, in their order. */
interface Line {
  readonly waiting: { readonly response: ServerResponse; readonly begin: () => void }[];
  /** Keeps the connection from being read; undefined: it is read. */
  pause?: (() => void) | undefined;
  /** Whether the first that waits will be looked at again: there is one such look under way, never two. */
  isAdvancing: boolean;
}

/**
 * Lets the requests of one connection begin in their order, which is not that in which their bodies have been
 * parsed, and only so many be under way at once. Further ones are not read: what one piece of the connection had of
 * them already waits, and nothing has been done for it if the client goes.
 */
export class RequestOrder {
  readonly #answers: AnswersUnderWay;
  readonly #most: number;
  readonly #turn: Turn;
  readonly #lines = new WeakMap<Socket, Line>();

  /** @param most requests of one connection that are under way at once */
  constructor(answers: AnswersUnderWay, most: number, turn: Turn) {
    this.#answers = answers;
    this.#most = most;
    this.#turn = turn;
  }

  /** Begins a request whose answer has just been noted: now, or when it is its turn. */
  enter(response: ServerResponse, begin: () => void): void {
    const { socket } = response.req;
    const owed = this.#answers.owed(socket);
    if (owed.length === 1 && !this.#turn.isFull) {
      begin();
      return;
    }
    const line = this.#lines.get(socket) ?? { waiting: [], isAdvancing: false };
    this.#lines.set(socket, line);
    line.waiting.push({ response, begin });
    if (line.waiting.length > MOST_HELD) socket.destroy();
    if (owed.length > this.#most) pause(socket, line);
    // The others have come before it, and wait for what it has to wait for.
    if (line.isAdvancing) return;
    line.isAdvancing = true;
    afterCallsOfTurn(() => this.#advance(socket, line));
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
    else if (this.#turn.isFull) setImmediate(advance);
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
