import type { Static } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid, type ParameterPath } from '../../daemon/answers/refusals.js';
import { fail, ok } from '../../winsock/outcome.js';
import { RawBytes } from './raw-bytes.js';
import type { BufferSchema, BytesSchema } from './schemas.js';

const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** In one flat pass: a pattern with repeated groups overflows the stack on megabytes. */
const isBase64 = (text: string): boolean => {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return text.length % 4 === 0 && !NOT_BASE64.test(padding === 0 ? text : text.slice(0, -padding));
};

/** A buffer from a client: its bytes, and the length declared for them. */
export interface GivenBuffer {
  readonly bytes: Buffer;
  readonly len: number;
}

/**
 * Reads a buffer parameter. `declared` checks the declared length.
 *
 * @param at the path of the parameter, for example `['data']`
 */
export const readBuffer = (buffer: Static<typeof BufferSchema>, at: ParameterPath): Answer<GivenBuffer> => {
  if (buffer instanceof RawBytes) return givenBuffer(buffer.bytes, undefined);
  const { base64, text } = buffer;
  if (base64 !== undefined && text !== undefined) return invalid(at, 'give base64 or text, not both');
  if (text !== undefined) return givenBuffer(Buffer.from(text, 'utf8'), buffer.len);
  if (base64 === undefined) return invalid(at, 'give base64 or text');
  if (!isBase64(base64))
    return invalid([...at, 'base64'], 'not base64 with the standard alphabet and padding');
  const bytes = Buffer.from(base64, 'base64');
  if (base64.endsWith('=') && bytes.toString('base64').slice(-4) !== base64.slice(-4)) {
    return invalid([...at, 'base64'], 'the unused bits of the last character are not zero');
  }
  return givenBuffer(bytes, buffer.len);
};

const givenBuffer = (bytes: Buffer, len: number | undefined): Answer<GivenBuffer> =>
  ok({ bytes, len: len ?? bytes.length });

/**
 * The first `len` of the bytes given, as WSABUF.len says. WSAEFAULT if fewer were given, as for a buffer that
 * reaches outside the address space.
 *
 * @param call the Winsock function, for the failure
 */
export const declaredBytes = ({ bytes, len }: GivenBuffer, call: string): Answer<Buffer> =>
  len <= bytes.length
    ? ok(len === bytes.length ? bytes : bytes.subarray(0, len))
    : fail('WSAEFAULT', call, {
        extra: { limit: bytes.length },
        detail: `len is ${len}, but only ${bytes.length} bytes were given.`,
      });

/** Reads a buffer and applies its declared length. */
export const bytesOf = (
  buffer: Static<typeof BufferSchema>,
  at: ParameterPath,
  call: string,
): Answer<Buffer> => {
  const read = readBuffer(buffer, at);
  return read.ok ? declaredBytes(read.value, call) : read;
};

/** Most buffers of one call. */
export const MOST_BUFFERS = 64;

/** The data of a call that sends: one buffer, or several that are sent as one. */
export interface Gathering {
  readonly data?: Static<typeof BufferSchema>;
  readonly buffers?: readonly Static<typeof BufferSchema>[];
}

/**
 * The bytes of `data`, or of all `buffers` in a row: one piece of a stream, or one datagram. WSAEINVAL for no
 * buffer at all (dwBufferCount 0), WSAEFAULT for a buffer whose declared length is beyond its bytes.
 *
 * @param call the Winsock function, for the failure
 */
export const gathered = ({ data, buffers }: Gathering, call: string): Answer<Buffer> => {
  // Several generated clients send an empty list for none.
  if (data !== undefined && buffers !== undefined && buffers.length > 0)
    return invalid(['buffers'], 'give data or buffers, not both');
  if (data !== undefined) return bytesOf(data, ['data'], call);
  if (buffers === undefined) return invalid(['data'], 'give data or buffers');
  if (buffers.length === 0) return fail('WSAEINVAL', call, { detail: 'there is no buffer.' });
  const parts: Buffer[] = [];
  for (const [i, buffer] of buffers.entries()) {
    const part = bytesOf(buffer, ['buffers', i], call);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok(Buffer.concat(parts));
};

/** The room of a call that receives: one buffer, or several that are filled one after the other. */
export interface Scattering {
  readonly maxBytes?: number;
  readonly buffers?: readonly number[];
}

/**
 * The number of bytes that a receive has room for; undefined: its default. WSAEINVAL for no buffer at all.
 *
 * @param call the Winsock function, for the failure
 */
export const roomOf = ({ maxBytes, buffers }: Scattering, call: string): Answer<number | undefined> => {
  if (buffers === undefined) return ok(maxBytes);
  if (maxBytes !== undefined) {
    return buffers.length === 0 ? ok(maxBytes) : invalid(['buffers'], 'give maxBytes or buffers, not both');
  }
  if (buffers.length === 0) return fail('WSAEINVAL', call, { detail: 'there is no buffer.' });
  return ok(buffers.reduce((sum, len) => sum + len, 0));
};

/** Received data spread over buffers of those lengths; the last ones may be empty. */
export const scattered = (data: Uint8Array, buffers: readonly number[]): Static<typeof BytesSchema>[] => {
  let at = 0;
  return buffers.map((len) => {
    const part = data.subarray(at, at + len);
    at += part.length;
    return bytesResult(part);
  });
};

/** Bytes as a result carries them. */
export const bytesResult = (data: Uint8Array): Static<typeof BytesSchema> => ({
  base64: (data instanceof Buffer
    ? data
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  ).toString('base64'),
  len: data.byteLength,
});
