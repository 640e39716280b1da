import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { HeldBytes } from '../memory/kept-bytes.js';
import type { StepScheduler } from '../memory/slices.js';

/** So many bytes of a message are not counted: as many as one read of a connection gives. */
export const UNCOUNTED_OF_MESSAGE = 64 * 1024;

/** So many bytes of a long message are as much work as the end of a plain call. */
const BYTES_PER_STEP = 1024;

/** The parts of the edge that MessageBytes uses. */
export interface MessageBytesParts {
  readonly owner: string;
  /** Long messages are read in these turns, so that several of them do not end in one. */
  readonly turns: StepScheduler;
  /** Begins to count. */
  readonly hold: () => HeldBytes;
  /** There is no room for the message. */
  readonly onRefused: () => void;
}

/**
 * Counts the bytes of a message that has not arrived completely, which `ws` keeps. Pings and pongs within it
 * count too: `ws` keeps the whole read in which a fragment was, however short that is.
 */
export class MessageBytes {
  readonly #ws: WebSocket;
  readonly #parts: MessageBytesParts;
  #unfinished = 0;
  /** The count, while a message is long. */
  #held: HeldBytes | undefined;

  constructor(ws: WebSocket, socket: Socket, parts: MessageBytesParts) {
    this.#ws = ws;
    this.#parts = parts;
    // Before `ws` finds in them the end of the message.
    socket.prependListener('data', this.#count);
    ws.on('message', () => this.#release());
    ws.once('close', () => this.#release());
  }

  readonly #count = ({ length }: Buffer): void => {
    // Behind a close frame, or when `ws` has refused a message, bytes are discarded.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#unfinished += length;
    if (this.#unfinished <= UNCOUNTED_OF_MESSAGE) return;
    this.#held ??= this.#parts.hold();
    if (this.#held.reserve(this.#unfinished)) this.#parts.onRefused();
    else this.#readOnInTurn(length);
  };

  #readOnInTurn(length: number): void {
    const { turns, owner } = this.#parts;
    this.#ws.pause();
    const readOn = (): void => {
      // Otherwise the reading goes on when the message has begun.
      if (this.#held) this.#ws.resume();
    };
    turns.run(owner, readOn, length / BYTES_PER_STEP);
  }

  #release(): void {
    this.#unfinished = 0;
    this.#held?.release();
    this.#held = undefined;
  }
}
