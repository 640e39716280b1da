import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { FREE_BYTES, type HeldBytes, type KeptBytes } from '../memory/kept-bytes.js';

/** A body that is not read to its end, or not taken. */
export class BodyRefused extends Error {
  override name = 'BodyRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** The refusal of a body that is larger than its route takes. */
export const tooLarge = (limit: number): Refusal =>
  refuse('too-large', `The body is larger than the ${limit} bytes that this route takes.`, {
    extra: { limit },
  });

/** Room for a body of unknown length, at first. */
const FIRST_ROOM = 1024;

/**
 * Reads a body whole. Its bytes are reserved before they come: those that Content-Length declares, or the room for
 * chunks, which grows with them.
 *
 * @param end told the body, which is released by then, or why there is none
 */
export const readBody = (
  request: FastifyRequest,
  payload: IncomingMessage,
  kept: KeptBytes,
  end: (got: Buffer | Error) => void,
): void => {
  const limit = request.routeOptions.bodyLimit;
  const { 'content-length': length } = request.headers;
  let held: HeldBytes | undefined;
  let room = Buffer.alloc(0);
  let received = 0;
  const makeRoom = (bytes: number): Refusal | undefined => {
    if (bytes > FREE_BYTES) held ??= kept.holdBody(request);
    const refusal = held?.reserve(bytes);
    if (refusal !== undefined) return refusal;
    const larger = Buffer.allocUnsafe(bytes);
    room.copy(larger, 0, 0, received);
    room = larger;
    return undefined;
  };
  const stop = (got: Buffer | Error): void => {
    payload.off('data', take).off('end', finish).off('error', stop);
    held?.release();
    end(got);
  };
  const take = (chunk: Buffer): void => {
    const together = received + chunk.length;
    const refusal =
      together > limit
        ? tooLarge(limit)
        : together > room.length
          ? makeRoom(Math.min(limit, Math.max(together, room.length * 2)))
          : undefined;
    if (refusal !== undefined) {
      stop(new BodyRefused(refusal));
      return;
    }
    chunk.copy(room, received);
    received = together;
  };
  const finish = (): void => stop(room.subarray(0, received));

  const declared = length === undefined ? Math.min(limit, FIRST_ROOM) : Number(length);
  const refusal = declared > limit ? tooLarge(limit) : makeRoom(declared);
  if (refusal !== undefined) {
    held?.release();
    end(new BodyRefused(refusal));
    return;
  }
  payload.on('data', take).on('end', finish).on('error', stop);
};

/**
 * Waits for the end of a body that must have no content.
 *
 * @param refusal of its content
 * @param end told why it is not taken, as soon as there is any
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
