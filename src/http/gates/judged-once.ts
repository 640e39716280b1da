import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { isNamed } from '../headers.js';
import type { Gate } from './gate.js';

/** Header fields that have passed all gates, and their owner. */
interface Judged {
  readonly rawHeaders: readonly string[];
  /** The Authorization field as bytes, for timingSafeEqual. */
  readonly authorization: Buffer;
  readonly owner: string;
}

/** Longer headers than programs send are judged each time, so that little is kept for a connection. */
const MOST_TEXTS = 32;
const MOST_CHARACTERS = 1024;

/**
 * Makes one gate of several, whose verdict on a request without Origin depends on its header fields. A client
 * repeats its fields on each request of a connection. Fields that have passed once pass again on that
 * connection without being judged; only Content-Length, which no gate reads, may differ.
 *
 * Beside the fields the gates read the HTTP version and the form of the target, which `isOrdinary` checks;
 * the method, of a preflight, which has an Origin; and the path, of public pages, which need fewer fields.
 * When a request passes, a gate may set nothing but `request.owner` and what belongs to its connection.
 */
export const judgedOnce = (gates: readonly Gate[]): Gate => {
  const passed = new WeakMap<Socket, Judged>();
  return (request, reply) => {
    const { socket } = request.raw;
    const last = passed.get(socket);
    if (last !== undefined && isOrdinary(request) && hasFieldsOf(request, last)) {
      request.owner = last.owner;
      return undefined;
    }
    for (const gate of gates) {
      const verdict = gate(request, reply);
      if (verdict !== undefined) return verdict;
    }
    if (isOrdinary(request) && isWorthKeeping(request)) {
      const { rawHeaders, headers } = request.raw;
      const authorization = Buffer.from(headers.authorization ?? '');
      passed.set(socket, { rawHeaders, authorization, owner: request.owner });
    }
    return undefined;
  };
};

/**
 * HTTP/1.1 with a path as target: a target of another form has an authority, which counts in place of Host.
 */
const isOrdinary = ({ raw, originalUrl }: FastifyRequest): boolean =>
  raw.httpVersion === '1.1' && originalUrl.startsWith('/');

const hasFieldsOf = ({ raw: { rawHeaders } }: FastifyRequest, last: Judged): boolean => {
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
  if (isNamed(name, 'authorization')) {
    const given = Buffer.from(value);
    return given.length === authorization.length && timingSafeEqual(given, authorization);
  }
  return value === before || isNamed(name, 'content-length');
};

/** Whether a request came from a program, with a token and a Host, and is short enough to be kept. */
const isWorthKeeping = ({ raw: { rawHeaders }, headers, owner }: FastifyRequest): boolean =>
  owner !== '' &&
  headers.host !== undefined &&
  headers.origin === undefined &&
  headers.upgrade === undefined &&
  rawHeaders.length <= MOST_TEXTS &&
  rawHeaders.reduce((length, text) => length + text.length, 0) <= MOST_CHARACTERS;
