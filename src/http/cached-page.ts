import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyReply } from 'fastify';

const COMPRESS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  // The highest quality, which is its default, takes seconds.
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (bytes) => gzipSync(bytes),
};
const ENCODINGS = [...Object.keys(COMPRESS), 'identity'];

/** Sets Vary: the answer depends on Accept-Encoding, even if it is not compressed. */
export const varyByEncoding = (reply: FastifyReply): void => {
  const others = reply.getHeader('vary');
  reply.header('vary', others === undefined ? 'accept-encoding' : `${others}, accept-encoding`);
};

/**
 * A page that is the same for all clients. It is made once, and compressed once for each encoding, so that
 * clients that do not read their answers occupy no copies and no compressors.
 */
export class CachedPage {
  readonly #type: string;
  readonly #make: () => string | Buffer;
  readonly #encoded = new Map<string, Buffer>();

  /** @param make makes the page at the first request */
  constructor(type: string, make: () => string | Buffer) {
    this.#type = type;
    this.#make = make;
  }

  /** Sends the page in the encoding that the client prefers. */
  send(reply: FastifyReply): void {
    varyByEncoding(reply);
    const encoding = negotiate(reply.request.headers['accept-encoding'] ?? '', ENCODINGS) ?? 'identity';
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    reply.header('content-type', this.#type).send(this.#in(encoding));
  }

  #in(encoding: string): Buffer {
    let bytes = this.#encoded.get(encoding);
    if (bytes === undefined) {
      bytes = COMPRESS[encoding]?.(this.#in('identity')) ?? Buffer.from(this.#make());
      this.#encoded.set(encoding, bytes);
    }
    return bytes;
  }
}
