import type { Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { type HeldBytes, type KeptBytes, UNCOUNTED_BYTES } from '../memory/kept-bytes.js';
import type { StepScheduler } from '../memory/slices.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What hashes the body while it is read; undefined if nobody needs the hash. */
    bodyHash: Hash | undefined;
  }
}

/** A body was refused, before or after it was read. */
export class BodyRefused extends Error {
  override name = 'BodyRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** The refusal of a body that is larger than the limit of its route. */
const tooLarge = (limit: number): Refusal =>
  refuse('too-large', `The body is larger than the ${limit} bytes that this route takes.`, {
    extra: { limit },
  });

/** Reading so many bytes of a body costs about as much as a step of size 1. */
const BYTES_PER_STEP = 1024;

/** The size that is assumed for a body of unknown length. */
const UNKNOWN = 16_384;

/** The first buffer for a body of unknown length. */
const FIRST_ROOM = 1024;

/**
 * Reads a body completely. Its bytes are reserved before they arrive: those that Content-Length declares, or
 * the buffer for chunks, which grows. Many large bodies may arrive at once; each is read in its turn. No
 * other request of its connection begins before it has been read.
 *
 * @param turns large bodies are read in these turns
 * @param end receives the body, whose reservation has been released, or the reason why there is none
 */
export const readBody = (
  request: FastifyRequest,
  payload: IncomingMessage,
  kept: KeptBytes,
  turns: StepScheduler,
  end: (got: Buffer | Error) => void,
): void => {
  const limit = request.routeOptions.bodyLimit;
  const { 'content-length': length } = request.headers;
  const declared = length === undefined ? Math.min(limit, FIRST_ROOM) : Number(length);
  let held: HeldBytes | undefined;
  let room = Buffer.alloc(0);
  let received = 0;
  const makeRoom = (bytes: number): Refusal | undefined => {
    if (bytes > UNCOUNTED_BYTES) held ??= kept.holdBody(request);
    const refusal = held?.reserve(bytes);
    if (refusal !== undefined) return refusal;
    const larger = Buffer.allocUnsafe(bytes);
    room.copy(larger, 0, 0, received);
    room = larger;
    return undefined;
  };
  const roomFor = (bytes: number): Refusal | undefined =>
    bytes > room.length ? makeRoom(Math.min(limit, Math.max(bytes, room.length * 2))) : undefined;
  const stop = (got: Buffer | Error): void => {
    payload.off('data', take).off('end', finish).off('error', stop);
    held?.release();
    end(got);
  };
  const take = (chunk: Buffer): void => {
    const together = received + chunk.length;
    const refusal = together > limit ? tooLarge(limit) : roomFor(together);
    if (refusal !== undefined) {
      stop(new BodyRefused(refusal));
      return;
    }
    chunk.copy(room, received);
    request.bodyHash?.update(chunk);
    received = together;
    const expectsMore = length !== undefined && received < declared;
    // Of a complete body Node emits `end` even while it is paused.
    if (held === undefined || payload.complete || expectsMore) return;
    // Until its turn: then the next chunk comes, or `end`, and the body is parsed.
    payload.pause();
    turns.run(request.owner, () => payload.resume(), received / BYTES_PER_STEP);
  };
  const finish = (): void => stop(room.subarray(0, received));

  const begin = (): void => {
    if (payload.destroyed) return;
    const refusal = makeRoom(declared);
    if (refusal !== undefined) {
      held?.release();
      end(new BodyRefused(refusal));
      return;
    }
    payload.on('data', take).on('end', finish).on('error', stop);
  };
  if (declared > limit) end(new BodyRefused(tooLarge(limit)));
  else if (length === undefined) turns.run(request.owner, begin, UNKNOWN / BYTES_PER_STEP);
  else if (declared > UNCOUNTED_BYTES) turns.run(request.owner, begin, declared / BYTES_PER_STEP);
  else begin();
};

/**
 * Waits for the end of a body that must have no content.
 *
 * @param refusal makes the refusal of content
 * @param end runs at the end of the body, or with an error as soon as there is content
 */
export const readNothing = (
  payload: IncomingMessage,
  refusal: () => Refusal,
  end: (error?: Error) => void,
): void => {
  const stop = (error?: Error): void => {
    payload.off('data', refuseContent).off('end', finish).off('error', stop);
    end(error);
  };
  const refuseContent = (): void => stop(new BodyRefused(refusal()));
  const finish = (): void => stop();
  payload.on('data', refuseContent).on('end', finish).on('error', stop);
};
