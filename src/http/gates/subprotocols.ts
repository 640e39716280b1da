import type { FastifyReply, FastifyRequest } from 'fastify';

/** The subprotocol of every WebSocket of this daemon. */
export const SUBPROTOCOL = 'winsockd.v1';

/** A subprotocol with this beginning carries a token, for browsers, which cannot set header fields. */
const TOKEN_PREFIX = 'winsockd.token.';

/** Whether a request asks for a WebSocket: see incomingRequests. */
export const isUpgrade = ({ raw }: FastifyRequest): boolean => 'upgrade' in raw && raw.upgrade === true;

/**
 * Ends the connection behind the answer to a request that asks for a WebSocket and gets none: Node parses
 * nothing more of it.
 */
export const closeBehind = (reply: FastifyReply): void => {
  const { socket } = reply.request.raw;
  reply.header('connection', 'close');
  reply.raw.once('finish', () => socket.destroySoon());
};

/** The subprotocols that a request offers. */
export const offeredSubprotocols = ({ headers }: FastifyRequest): readonly string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());

/** The tokens among the offered subprotocols, decoded from base64url. */
export const offeredTokens = (request: FastifyRequest): readonly string[] =>
  offeredSubprotocols(request)
    .filter((name) => name.startsWith(TOKEN_PREFIX))
    .map((name) => Buffer.from(name.slice(TOKEN_PREFIX.length), 'base64url').toString());
