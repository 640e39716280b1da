import type { IncomingMessage } from 'node:http';
import type { Answer } from '../../daemon/answers/answer.js';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { PIECE_BYTES, type Piece, type Source } from '../../operations/pump/pump.js';
import { ok } from '../../winsock/outcome.js';
import type { Account } from '../memory/kept-bytes.js';

/** Room for a piece and the chunk that completes it, which Node reads at once. */
const ROOM_BYTES = PIECE_BYTES + 64 * 1024;

const ENDED_EARLY = refuse('bad-request', 'The body ended early.');

/**
 * The body of a request as the source of a pump. It reads ahead while a piece is being sent, up to the next
 * piece; then the connection is paused, and the client has to wait.
 */
export class BodySource implements Source {
  readonly #body: IncomingMessage;
  readonly #account: Account;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;
  #failure: Refusal | undefined;
  #wake: ((piece: Answer<Piece>) => void) | undefined;
  #isScheduled = false;
  #room: Buffer | undefined;

  /** @param account counts the bytes that were read and not sent yet */
  constructor(body: IncomingMessage, account: Account) {
    this.#body = body;
    this.#account = account;
    body.on('data', this.#take).on('end', this.#finish).on('error', this.#break).on('close', this.#break);
  }

  /** Whether the pump waits for bytes of the client. */
  get isAwaited(): boolean {
    return this.#wake !== undefined;
  }

  read(): Answer<Piece> | Promise<Answer<Piece>> {
    const ready = this.#ready();
    if (ready) return ready;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Takes no more bytes; what was read ahead is dropped. A pending read answers the refusal. */
  stop(refusal: Refusal): void {
    this.#body.off('data', this.#take).off('end', this.#finish).off('close', this.#break);
    this.#failure ??= refusal;
    this.#account.release(this.#bytes + (this.#room?.length ?? 0));
    this.#bytes = 0;
    this.#chunks = [];
    this.#room = undefined;
    this.#serve();
  }

  readonly #take = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#account.count(chunk.length);
    if (this.#bytes >= PIECE_BYTES) {
      this.#body.pause();
      this.#serve();
    } else if (this.#wake && !this.#isScheduled) {
      // Behind the other chunks of this turn: one send for all of them.
      this.#isScheduled = true;
      setImmediate(this.#serveScheduled);
    }
  };

  readonly #finish = (): void => {
    this.#isOver = true;
    this.#serve();
  };

  /** The connection has ended, or its bytes are not HTTP any more. */
  readonly #break = (): void => {
    if (!this.#isOver) this.stop(ENDED_EARLY);
  };

  readonly #serveScheduled = (): void => {
    this.#isScheduled = false;
    this.#serve();
  };

  #serve(): void {
    const wake = this.#wake;
    const ready = wake && this.#ready();
    if (!wake || !ready) return;
    this.#wake = undefined;
    wake(ready);
  }

  /** The next piece, the end, or the failure; undefined: there is nothing yet. */
  #ready(): Answer<Piece> | undefined {
    if (this.#failure) return this.#failure;
    if (this.#bytes > 0) return ok(this.#piece());
    return this.#isOver ? ok({ bytes: NO_BYTES, eof: true, settle: () => undefined }) : undefined;
  }

  #piece(): Piece {
    const bytes = this.#together();
    this.#chunks = [];
    this.#bytes = 0;
    if (this.#body.isPaused()) this.#body.resume();
    return { bytes, eof: false, settle: () => this.#account.release(bytes.length) };
  }

  /** The chunks as one buffer. It is overwritten by the next piece, which is read when this one is settled. */
  #together(): Buffer {
    const [first = NO_BYTES, ...others] = this.#chunks;
    if (others.length === 0) return first;
    if (this.#bytes > ROOM_BYTES) return Buffer.concat(this.#chunks, this.#bytes);
    if (!this.#room) {
      this.#room = Buffer.allocUnsafeSlow(ROOM_BYTES);
      this.#account.count(ROOM_BYTES);
    }
    let at = 0;
    for (const chunk of this.#chunks) at += chunk.copy(this.#room, at);
    return this.#room.subarray(0, at);
  }
}

const NO_BYTES = Buffer.alloc(0);
