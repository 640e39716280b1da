import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Gate } from './gate.js';

/** Fields that have passed, and whose they are. */
interface Judged {
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  readonly owner: string;
}

/** More fields than programs send are judged each time: what is kept for a connection stays small. */
const MOST_TEXTS = 32;
const MOST_CHARACTERS = 1024;

/** Fields whose values differ from call to call. No gate looks at more than their presence. */
const VARIABLE: ReadonlySet<string> = new Set(['content-length']);

/**
 * One gate of several that look at header fields and at nothing else: a client that keeps its connection repeats its
 * fields to the letter, and what they have passed once on a connection they pass again. Requests of browsers, which
 * have answers of their own to read, are judged each time.
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
      const { httpVersion, rawHeaders } = request.raw;
      passed.set(socket, { httpVersion, rawHeaders, owner: request.owner });
    }
    return undefined;
  };
};

const isRepeated = ({ raw, originalUrl }: FastifyRequest, last: Judged): boolean => {
  const { rawHeaders } = raw;
  if (rawHeaders.length !== last.rawHeaders.length || raw.httpVersion !== last.httpVersion) return false;
  // Any other form of target has an authority, which counts in place of Host.
  if (!originalUrl.startsWith('/')) return false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name !== last.rawHeaders[i]) return false;
    if (rawHeaders[i + 1] !== last.rawHeaders[i + 1] && !isVariable(name)) return false;
  }
  return true;
};

const isVariable = (name: string | undefined): boolean => VARIABLE.has(name?.toLowerCase() ?? '');

/** The request of a program, with a token, and not too long to be kept. */
const mayBeRepeated = ({ raw: { rawHeaders }, headers, owner, originalUrl }: FastifyRequest): boolean =>
  owner !== '' &&
  originalUrl.startsWith('/') &&
  headers.origin === undefined &&
  rawHeaders.length <= MOST_TEXTS &&
  rawHeaders.reduce((length, text) => length + text.length, 0) <= MOST_CHARACTERS;
