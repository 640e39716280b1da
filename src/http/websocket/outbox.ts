import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { HeldAnswer } from '../memory/kept-bytes.js';
import type { StalledClients } from '../memory/stalled-clients.js';
import { payloadOf } from '../problems/send-answer.js';

/** While so many characters of answers wait, no messages are read. */
export const MOST_UNREAD = 4 * 1024 * 1024;

/** What becomes of an answer: see Reply.settle. */
type Settle = (delivered: boolean) => void;

interface Message {
  readonly text: string;
  readonly settle: Settle;
  /** What an event belongs to. */
  readonly of?: string;
}

/** The parts of the edge that Outbox uses. */
export interface OutboxParts {
  /** Begins to count the messages that wait. */
  readonly hold: () => HeldAnswer;
  readonly stalled: StalledClients;
  /** The most bytes of events that wait. */
  readonly eventBytes: number;
  /** There is room for answers again: see isFull. */
  readonly onRoom: () => void;
  /** More events wait than that: the client is too slow. */
  readonly onSlow: (bytes: number) => void;
}

const NOTHING: Settle = () => undefined;

/**
 * The messages that go to the client of a WebSocket. Those of one turn of the event loop are written together.
 * An answer is delivered when its frame was handed to the connection; while the system takes no more bytes,
 * answers wait here, and go back if the connection closes. Events wait behind the answers.
 */
export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #parts: OutboxParts;
  readonly #answers: Message[] = [];
  #answersLength = 0;
  #events: Message[] = [];
  #eventsLength = 0;
  /** The count, while messages wait. */
  #held: HeldAnswer | undefined;
  #isFlushComing = false;
  #isFull = false;
  /** Functions that wait for room for events. */
  readonly #whenRoom: (() => void)[] = [];

  constructor(ws: WebSocket, socket: Socket, parts: OutboxParts) {
    this.#ws = ws;
    this.#socket = socket;
    this.#parts = parts;
    socket.on('drain', () => {
      this.#handOver();
      if (this.#isOpen) this.#recount();
    });
    ws.once('close', () => this.#giveBack());
  }

  /** Whether so many answers wait that no messages are read. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Sends an answer, or lets it wait. */
  answer(text: string, settle: Settle = NOTHING): void {
    if (!this.#isOpen) settle(false);
    else if (this.#answers.length === 0 && this.#hasRoom) this.#hand(text, settle);
    else {
      this.#answers.push({ text, settle });
      this.#answersLength += text.length;
      this.#recount();
      if (this.#answersLength > MOST_UNREAD) this.#fill();
    }
  }

  /** Sends an event, behind the answers of this turn. @param of what it belongs to: see dropEvents */
  event(text: string, of: string): void {
    if (!this.#isOpen) return;
    if (this.#eventsLength > 0 && this.#eventsLength + text.length > this.#parts.eventBytes) {
      this.#parts.onSlow(this.#eventsLength);
      return;
    }
    this.#events.push({ text, settle: NOTHING, of });
    this.#eventsLength += text.length;
    this.#flushLater();
  }

  /** Sends no more of the events that wait and belong to this. */
  dropEvents(of: string): void {
    this.#events = this.#events.filter((event) => event.of !== of);
    this.#eventsLength = this.#events.reduce((length, { text }) => length + text.length, 0);
  }

  /** Whether events that wait are at most half of the limit. */
  get hasRoomForEvents(): boolean {
    return this.#eventsLength <= this.#parts.eventBytes / 2;
  }

  /** Calls a function in a later turn, as soon as there is room for events. */
  whenRoomForEvents(run: () => void): void {
    this.#whenRoom.push(run);
    this.#flushLater();
  }

  get #isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN && this.#socket.writable;
  }

  /** Whether the connection takes more: what the system has not taken waits in it. */
  get #hasRoom(): boolean {
    const { writableLength, writableHighWaterMark } = this.#socket;
    return writableLength < writableHighWaterMark;
  }

  #hand(text: string, settle: Settle): void {
    this.#flushLater();
    this.#ws.send(payloadOf(text), { binary: false });
    if (!this.#hasRoom) this.#write();
    settle(true);
  }

  /** Everything that is handed over in this turn is written at its end. */
  #flushLater(): void {
    if (this.#isFlushComing) return;
    this.#isFlushComing = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#isFlushComing = false;
      this.#handOver();
      this.#socket.uncork();
      if (this.#isOpen) this.#recount();
    });
  }

  /** Writes what was handed over so far: mostly the system takes all of it, and there is room again. */
  #write(): void {
    this.#socket.uncork();
    this.#socket.cork();
  }

  /** Hands over what waits, as far as the connection takes it: the answers, then the events. */
  #handOver(): void {
    if (!this.#isOpen) return;
    this.#answersLength -= this.#handAll(this.#answers);
    if (this.#answersLength <= MOST_UNREAD / 2) this.#goOn();
    // While answers wait, the connection takes no events either.
    this.#eventsLength -= this.#handAll(this.#events);
    if (this.hasRoomForEvents) for (const run of this.#whenRoom.splice(0)) setImmediate(run);
  }

  /** @returns the length of the messages that were handed over */
  #handAll(messages: Message[]): number {
    let length = 0;
    let count = 0;
    for (const { text, settle } of messages) {
      if (!this.#hasRoom) break;
      this.#hand(text, settle);
      length += text.length;
      count++;
    }
    messages.splice(0, count);
    return length;
  }

  /** Counts what waits here and, if it takes no more, in the connection. */
  #recount(): void {
    const inConnection = this.#hasRoom ? 0 : this.#socket.writableLength;
    const waiting = this.#answersLength + this.#eventsLength + inConnection;
    if (waiting > 0) {
      this.#held ??= this.#parts.hold();
      this.#held.recount(waiting);
    } else {
      this.#held?.release();
      this.#held = undefined;
    }
  }

  /** Watches the client until there is room again. */
  #fill(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#ws.pause();
    this.#parts.stalled.watch(this.#socket, 'answer', ALWAYS);
  }

  #goOn(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#parts.stalled.unwatch(this.#socket, 'answer');
    this.#parts.onRoom();
  }

  /** The connection has closed: what waits was not delivered. The last one goes back first. */
  #giveBack(): void {
    if (this.#isFull) this.#parts.stalled.unwatch(this.#socket, 'answer');
    this.#isFull = false;
    this.#held?.release();
    this.#events = [];
    for (const { settle } of this.#answers.splice(0).reverse()) settle(false);
  }
}

/** A client that reads nothing is cut off whether or not bytes are short. */
const ALWAYS = { isShort: true };
