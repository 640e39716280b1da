import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Answer } from '../../daemon/answers/answer.js';
import type { Sink } from '../../operations/pump/pump.js';
import { done, fail } from '../../winsock/outcome.js';
import type { HeldAnswer } from '../memory/kept-bytes.js';

/** The WebSocket has closed; its client sees nothing of this. */
const CLOSED = fail('WSA_OPERATION_ABORTED', 'stream', { detail: 'the WebSocket has closed.' });

/**
 * The client of a stream, as the sink of what its socket receives. A piece is taken when it was handed to the
 * open connection; the next one waits until the system has taken it.
 */
export class ClientSink implements Sink {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #hold: () => HeldAnswer;
  /** A number of bytes that the client is to be told, see tellSent. */
  #sent: number | undefined;

  /** @param hold begins to watch whether the client reads, while it must */
  constructor(ws: WebSocket, socket: Socket, hold: () => HeldAnswer) {
    this.#ws = ws;
    this.#socket = socket;
    this.#hold = hold;
    socket.on('drain', () => this.#tellLast());
  }

  write(bytes: Buffer): Answer<void> | Promise<Answer<void>> {
    if (!this.#isOpen) return CLOSED;
    const held = this.#hold();
    return new Promise((resolve) => {
      // Also when the connection has ended meanwhile.
      this.#ws.send(bytes, { binary: true }, () => {
        held.release();
        resolve(done);
      });
    });
  }

  /** Sends a message of the daemon itself. */
  tell(message: object): void {
    if (this.#isOpen) this.#ws.send(JSON.stringify(message), { binary: false });
  }

  /** Tells how many bytes of the client its socket has taken; only the last number, if the client reads slowly. */
  tellSent(bytes: number): void {
    this.#sent = bytes;
    if (this.#hasRoom) this.#tellLast();
  }

  get #isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN && this.#socket.writable;
  }

  /** Whether the connection takes more: what the system has not taken waits in it. */
  get #hasRoom(): boolean {
    const { writableLength, writableHighWaterMark } = this.#socket;
    return writableLength < writableHighWaterMark;
  }

  #tellLast(): void {
    if (this.#sent !== undefined) this.tell({ type: 'sent', bytes: this.#sent });
    this.#sent = undefined;
  }
}
