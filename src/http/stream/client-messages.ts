import type { WebSocket } from 'ws';
import type { Answer } from '../../daemon/answers/answer.js';
import { PIECE_BYTES, type Piece, type Source } from '../../operations/pump/pump.js';
import { ok } from '../../winsock/outcome.js';
import type { Account } from '../memory/kept-bytes.js';

interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

const END: Piece = { bytes: Buffer.alloc(0), eof: true, settle: () => {} };

/**
 * The messages that have come from the client of a stream. As a source it has the bytes of the binary ones and
 * ends before each text, and when the WebSocket has closed. Until all of them were taken no more are read, so
 * they are those of one read of the connection.
 */
export class ClientMessages implements Source {
  readonly #ws: WebSocket;
  readonly #account: Pick<Account, 'count' | 'release'>;
  #messages: Message[] = [];
  #isPaused = false;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @param account counts the bytes that wait */
  constructor(ws: WebSocket, account: Pick<Account, 'count' | 'release'>) {
    this.#ws = ws;
    this.#account = account;
    ws.on('message', (data, isBinary) => {
      // ws gives a Buffer unless another binaryType is set.
      if (Buffer.isBuffer(data) && ws.readyState === ws.OPEN) this.#receive({ data, isBinary });
    });
  }

  /** Waits for bytes. Messages that came together are one piece. */
  async read(): Promise<Answer<Piece>> {
    for (;;) {
      const piece = this.#next();
      if (piece) return ok(piece);
      this.#resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  /** The text before which the source has ended; undefined if the WebSocket has closed. */
  takeText(): string | undefined {
    const first = this.#messages[0];
    if (first === undefined || first.isBinary) return undefined;
    this.#messages.shift();
    this.#account.release(first.data.length);
    return first.data.toString();
  }

  /** There will be no more messages; those that have come are still to be taken. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Drops what was not taken, and what still comes before the close frame of the client. */
  drop(): void {
    for (const { data } of this.#messages.splice(0)) this.#account.release(data.length);
    this.end();
    this.#resume();
  }

  #receive(message: Message): void {
    if (this.#isOver) return;
    this.#messages.push(message);
    this.#account.count(message.data.length);
    if (!this.#isPaused) {
      this.#isPaused = true;
      this.#ws.pause();
    }
    this.#wake?.();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#ws.resume();
  }

  #next(): Piece | undefined {
    const messages = this.#messages;
    const [first] = messages;
    if (first === undefined) return this.#isOver ? END : undefined;
    if (!first.isBinary) return END;
    if (first.data.length > PIECE_BYTES) {
      messages[0] = { data: first.data.subarray(PIECE_BYTES), isBinary: true };
      return this.#piece(first.data.subarray(0, PIECE_BYTES));
    }
    let count = 0;
    let length = 0;
    for (const { data, isBinary } of messages) {
      if (!isBinary || length + data.length > PIECE_BYTES) break;
      count++;
      length += data.length;
    }
    const taken = messages.splice(0, count);
    // Empty messages have no bytes to send.
    if (length === 0) return this.#next();
    return this.#piece(
      count === 1
        ? first.data
        : Buffer.concat(
            taken.map(({ data }) => data),
            length,
          ),
    );
  }

  #piece(bytes: Buffer): Piece {
    return { bytes, eof: false, settle: () => this.#account.release(bytes.length) };
  }
}
