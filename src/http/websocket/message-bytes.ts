import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { HeldBytes } from '../memory/kept-bytes.js';

/** So many bytes of a message are not counted: as many as one read of a connection gives. */
export const UNCOUNTED_OF_MESSAGE = 64 * 1024;

/** The header of a short frame from a client: two bytes and the mask. */
const FRAME_HEADER = 6;

/** Counts the bytes of a message that has not arrived completely, which `ws` keeps. */
export class MessageBytes {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #hold: () => HeldBytes;
  readonly #onRefused: () => void;
  #unfinished = 0;
  /** The count, while a message is long. */
  #held: HeldBytes | undefined;

  /**
   * @param hold begins to count
   * @param onRefused there is no room for the message: what arrives from now on is discarded
   */
  constructor(ws: WebSocket, socket: Socket, hold: () => HeldBytes, onRefused: () => void) {
    this.#ws = ws;
    this.#socket = socket;
    this.#hold = hold;
    this.#onRefused = onRefused;
    // Before `ws` finds in them the end of the message.
    socket.prependListener('data', this.#count);
    ws.on('message', () => this.#release());
    // Such a frame may come within a message.
    const passed = ({ length }: Buffer): void => {
      this.#unfinished = Math.max(0, this.#unfinished - FRAME_HEADER - length);
    };
    ws.on('ping', passed).on('pong', passed);
    ws.once('close', () => this.#release());
  }

  readonly #count = ({ length }: Buffer): void => {
    // Behind a close frame, or when `ws` has refused a message, bytes are discarded.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#unfinished += length;
    if (this.#unfinished <= UNCOUNTED_OF_MESSAGE) return;
    this.#held ??= this.#hold();
    if (this.#held.reserve(this.#unfinished)) this.#refuse();
  };

  #refuse(): void {
    // As `ws` does for a message that is too large. Without a listener the bytes are lost as they come.
    this.#socket.removeAllListeners('data');
    this.#onRefused();
  }

  #release(): void {
    this.#unfinished = 0;
    this.#held?.release();
    this.#held = undefined;
  }
}
