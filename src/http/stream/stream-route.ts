import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid, type Refusal } from '../../daemon/answers/refusals.js';
import { HeldSocket, holdSocket, type SocketSupply } from '../../operations/pump/held-socket.js';
import { type Problem, problemOf, problemOfRoute } from '../problems/problem.js';
import type { Opening, WebSockets } from '../websocket/web-sockets.js';
import { StreamConnection, type StreamParts } from './stream-connection.js';

/** The parts of the edge that the route uses. */
export interface StreamRouteParts extends StreamParts, SocketSupply {
  readonly sockets: WebSockets;
}

/** The name of the route in problems. */
const NAME = 'stream';

/**
 * Registers `GET /v1/sockets/{socketId}/stream`: a WebSocket whose bytes are those of a connected socket.
 *
 * @param scope see WebSockets.register
 */
export const registerStream = (scope: FastifyInstance, parts: StreamRouteParts): void =>
  parts.sockets.judgedRoute(scope, '/v1/sockets/:socketId/stream', (request) => judge(request, parts));

/** Holds the socket of a request before its WebSocket opens, so that a refusal is a problem document. */
const judge = async (request: FastifyRequest, parts: StreamRouteParts): Promise<Opening | Problem> => {
  const { id: requestId, owner, params, query, raw } = request;
  const closesSocket = readQuery(query);
  if (typeof closesSocket !== 'boolean') return problemOf(closesSocket, { requestId });
  // The pattern of the route has the name.
  const { socketId } = params as { readonly socketId: string };
  // An object of its own for each stream: the lanes know by it whose they are.
  const held = await holdSocket(parts, { owner, socketId, requestId, pump: { name: 'a stream' } });
  if (!(held instanceof HeldSocket)) {
    return problemOfRoute(held.answer, NAME, { requestId, socketId, ...held.context });
  }
  const release = (): void => held.end();
  // The connection may end before the WebSocket is open; if it has ended already, no event tells it.
  if (raw.socket.destroyed) release();
  else raw.socket.once('close', release);
  return (open) => {
    raw.socket.off('close', release);
    new StreamConnection(open, held, closesSocket, parts);
  };
};

/** Whether `closeSocket=true` is given. */
const readQuery = (query: unknown): boolean | Refusal => {
  let closesSocket = false;
  for (const [name, value] of Object.entries(Object(query))) {
    if (name !== 'closeSocket') return invalid([name], 'is not a query parameter here');
    if (value !== 'true' && value !== 'false') return invalid([name], 'must be true or false');
    closesSocket = value === 'true';
  }
  return closesSocket;
};
