import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Gate } from './gate.js';

/** Fields that have passed, and whose they are. */
interface Judged {
  readonly rawHeaders: readonly string[];
  readonly authorization: Buffer;
  readonly owner: string;
}

/** More fields than programs send are judged each time: what is kept for a connection stays small. */
const MOST_TEXTS = 32;
const MOST_CHARACTERS = 1024;

/**
 * One gate of several whose verdict on an HTTP/1.1 request of a program depends on its header fields alone: a client
 * that keeps its connection repeats its fields to the letter, and what they have passed once on a connection they pass
 * again. Only Content-Length may differ, at which none of them looks. Each request of a browser is judged.
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
  // Any other form of target has an authority, which counts in place of Host.
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
  // In constant time, as the token gate compares: a connection of a proxy brings requests of several clients.
  if (name.length === 13 && name.toLowerCase() === 'authorization') {
    const given = Buffer.from(value);
    return given.length === authorization.length && timingSafeEqual(given, authorization);
  }
  return value === before || name.toLowerCase() === 'content-length';
};

/** The request of a program, with a token and a Host, and not too long to be kept. */
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
