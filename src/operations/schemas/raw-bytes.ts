import type { Static } from 'typebox';
import type { BytesSchema } from './schemas.js';

/**
 * A buffer parameter, or the bytes of a result, that never were JSON: those of a pump. A schema finds none of
 * the members of a buffer in it, so a parameter of this class passes.
 */
export class RawBytes {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get len(): number {
    return this.#bytes.length;
  }
}

/** Bytes as the result of a pump's receive carries them; only the pump sees that result. */
export const rawResult = (bytes: Buffer): Static<typeof BytesSchema> =>
  // The type of the result has the members of JSON.
  new RawBytes(bytes) as unknown as Static<typeof BytesSchema>;
