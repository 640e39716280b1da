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
}

/** A message with an event, and the reader that it is for. */
interface EventMessage extends Message {
  readonly reader: string;
}

/** The parts of the edge that Outbox uses. */
export interface OutboxParts {
  /** Begins to count the messages that wait. */
  readonly hold: () => HeldAnswer;
  readonly stalled: StalledClients;
  /** The most characters of events that wait for one reader. */
  readonly mostOfEvents: number;
  /** There is room for answers again: see isFull. */
  readonly onRoom: () => void;
  /** More events wait for a reader than that: the client is too slow. */
  readonly onSlow: (characters: number) => void;
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
  #events: EventMessage[] = [];
  #eventsLength = 0;
  /** The part of each reader: all may get events in one turn, so each has the limit for itself. */
  readonly #lengths = new Map<string, number>();
  /** The count, while messages wait. */
  #held: HeldAnswer | undefined;
  #isFlushComing = false;
  #isFull = false;
  /** By reader, the function that waits for room for its events. */
  readonly #whenRoom = new Map<string, () => void>();

  constructor(ws: WebSocket, socket: Socket, parts: OutboxParts) {
    this.#ws = ws;
    this.#socket = socket;
    this.#parts = parts;
    socket.on('drain', () => {
      this.#handOver();
      this.#recount();
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
    }
    this.#recount();
  }

  /** Sends an event to a reader, behind the answers of this turn. */
  event(text: string, reader: string): void {
    if (!this.#isOpen) return;
    const waiting = this.#lengths.get(reader) ?? 0;
    if (waiting > 0 && waiting + text.length > this.#parts.mostOfEvents) {
      this.#parts.onSlow(waiting);
      return;
    }
    this.#events.push({ text, settle: NOTHING, reader });
    this.#countEvent(reader, text.length);
    this.#flushLater();
  }

  /** Sends no more of the events that wait for a reader. */
  dropEvents(reader: string): void {
    this.#events = this.#events.filter((event) => event.reader !== reader);
    this.#countEvent(reader, -(this.#lengths.get(reader) ?? 0));
    this.#whenRoom.delete(reader);
  }

  /** Whether the events that wait for a reader are at most half of the limit. */
  hasRoomForEvents(reader: string): boolean {
    return (this.#lengths.get(reader) ?? 0) <= this.#parts.mostOfEvents / 2;
  }

  /** Calls a function in a later turn, as soon as there is room for events of a reader. */
  whenRoomForEvents(reader: string, run: () => void): void {
    this.#whenRoom.set(reader, run);
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
      this.#recount();
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
    for (const { text } of this.#handAll(this.#answers)) this.#answersLength -= text.length;
    // While answers wait, the connection takes no events either.
    for (const { reader, text } of this.#handAll(this.#events)) this.#countEvent(reader, -text.length);
    for (const [reader, run] of this.#whenRoom) {
      if (!this.hasRoomForEvents(reader)) continue;
      this.#whenRoom.delete(reader);
      setImmediate(run);
    }
  }

  /** @returns the messages that were handed over */
  #handAll<M extends Message>(messages: M[]): readonly M[] {
    let count = 0;
    for (const { text, settle } of messages) {
      if (!this.#hasRoom) break;
      this.#hand(text, settle);
      count++;
    }
    return messages.splice(0, count);
  }

  #countEvent(reader: string, length: number): void {
    this.#eventsLength += length;
    const left = (this.#lengths.get(reader) ?? 0) + length;
    if (left > 0) this.#lengths.set(reader, left);
    else this.#lengths.delete(reader);
  }

  /** Counts what waits here and, if it takes no more, in the connection; too many answers stop the reading. */
  #recount(): void {
    if (!this.#isOpen) return;
    const inConnection = this.#hasRoom ? 0 : this.#socket.writableLength;
    const answers = this.#answersLength + inConnection;
    const waiting = answers + this.#eventsLength;
    if (waiting > 0) {
      this.#held ??= this.#parts.hold();
      this.#held.recount(waiting);
    } else {
      this.#held?.release();
      this.#held = undefined;
    }
    if (answers > MOST_UNREAD) this.#fill();
    else if (answers <= MOST_UNREAD / 2) this.#goOn();
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
