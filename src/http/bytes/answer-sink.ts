import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Answer } from '../../daemon/answers/answer.js';
import type { Sink } from '../../operations/pump/pump.js';
import { done, fail } from '../../winsock/outcome.js';
import { RAW_TYPE } from '../headers.js';
import type { HeldAnswer, KeptBytes } from '../memory/kept-bytes.js';
import { bytesTakenBySystem } from '../memory/stalled-clients.js';
import { hijackReply } from '../problems/send-answer.js';
import { isGone } from '../rest/delivery.js';
import type { Watched } from './idle-limit.js';

/**
 * A chunked answer as the sink of a pump; its header is written with the first bytes. Bytes are taken when
 * they were handed to the open connection.
 */
export class AnswerSink implements Sink, Watched {
  readonly #reply: FastifyReply;
  readonly #kept: KeptBytes;
  #raw: ServerResponse | undefined;
  #held: HeldAnswer | undefined;

  constructor(reply: FastifyReply, kept: KeptBytes) {
    this.#reply = reply;
    this.#kept = kept;
  }

  /** Whether the header has been written, so that no other answer is possible. */
  get hasBegun(): boolean {
    return this.#raw !== undefined;
  }

  /** Whether bytes wait for the client to read. */
  isAwaited(): boolean {
    return this.#held !== undefined;
  }

  /** The bytes that have left towards the client. */
  moved(): number {
    return bytesTakenBySystem(this.#reply.raw.req.socket);
  }

  write(bytes: Buffer): Answer<void> | Promise<Answer<void>> {
    // The connection of the client has ended, and the bytes go back to the socket.
    if (isGone(this.#reply.raw)) return fail('WSA_OPERATION_ABORTED', 'recvBytes');
    const raw = this.#begin();
    // Watched like every answer that its client does not read; the call that received them counts the bytes.
    const held = this.#kept.holdAnswer(this.#reply.request);
    this.#held = held;
    return new Promise((resolve) => {
      // Behind it nobody uses the bytes any more: the next ones may take their place.
      const go = (): void => {
        raw.off('close', go);
        held.release();
        this.#held = undefined;
        resolve(done);
      };
      raw.on('close', go);
      raw.write(bytes, go);
    });
  }

  /** Ends the answer. */
  end(bytes: number, eof: boolean): void {
    const raw = this.#begin();
    raw.addTrailers({ 'Winsock-Bytes': String(bytes), 'Winsock-Eof': String(eof) });
    raw.end();
  }

  /** Closes the connection without the last chunk: the client sees that the body is not whole. */
  cut(): void {
    this.#reply.raw.req.socket.destroySoon();
  }

  #begin(): ServerResponse {
    this.#raw ??= hijackReply(this.#reply, 200, {
      'content-type': RAW_TYPE,
      'transfer-encoding': 'chunked',
      trailer: 'Winsock-Bytes, Winsock-Eof',
    });
    return this.#raw;
  }
}
