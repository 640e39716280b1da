import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Gate } from './gate.js';

/** Header fields that have passed all gates, and their owner. */
interface Judged {
  readonly rawHeaders: readonly string[];
  readonly authorization: Buffer;
  readonly owner: string;
}

/** Longer headers than programs send are judged each time, so that little is kept for a connection. */
const MOST_TEXTS = 32;
const MOST_CHARACTERS = 1024;

/**
 * Makes one gate of several whose verdict depends on the header fields alone. A client repeats its fields on
 * each request of a connection. Fields that have passed once pass again on that connection without being
 * judged; only Content-Length, which none of the gates reads, may differ. Requests of browsers and of
 * HTTP/1.0 are always judged.
 */
export const judgedOnce = (gates: readonly Gate[]): Gate => {
  const passed = new WeakMap<Socket, Judged>();
  return (request, reply) => {
    const { socket } = request.raw;
    const last = passed.get(socket);
    if (last !== undefined && isRepeated(request, last)) {
      request.owner = last.owner;
      return undefined;
    }
    for (const gate of gates) {
      const verdict = gate(request, reply);
      if (verdict !== undefined) return verdict;
    }
    if (mayBeRepeated(request)) {
      const { rawHeaders, headers } = request.raw;
      const authorization = Buffer.from(headers.authorization ?? '');
      passed.set(socket, { rawHeaders, authorization, owner: request.owner });
    }
    return undefined;
  };
};

const isRepeated = ({ raw, originalUrl }: FastifyRequest, last: Judged): boolean => {
  const { rawHeaders, httpVersion } = raw;
  // Another form of target has an authority, which counts in place of Host.
  if (httpVersion !== '1.1' || !originalUrl.startsWith('/')) return false;
  if (rawHeaders.length !== last.rawHeaders.length) return false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name !== last.rawHeaders[i]) return false;
    if (!isSame(name, rawHeaders[i + 1] ?? '', last.rawHeaders[i + 1], last.authorization)) return false;
  }
  return true;
};

const isSame = (name: string, value: string, before: string | undefined, authorization: Buffer): boolean => {
  // In constant time, as in the token gate: a proxy may send requests of several clients on one connection.
  if (name.length === 13 && name.toLowerCase() === 'authorization') {
    const given = Buffer.from(value);
    return given.length === authorization.length && timingSafeEqual(given, authorization);
  }
  return value === before || name.toLowerCase() === 'content-length';
};

/** Whether a request came from a program, with a token and a Host, and is short enough to be kept. */
const mayBeRepeated = ({
  raw: { rawHeaders, httpVersion },
  headers,
  owner,
  originalUrl,
}: FastifyRequest): boolean =>
  owner !== '' &&
  httpVersion === '1.1' &&
  headers.host !== undefined &&
  headers.origin === undefined &&
  originalUrl.startsWith('/') &&
  rawHeaders.length <= MOST_TEXTS &&
  rawHeaders.reduce((length, text) => length + text.length, 0) <= MOST_CHARACTERS;
