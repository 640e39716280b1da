import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { isUpgrade, offeredSubprotocols, SUBPROTOCOL } from '../gates/subprotocols.js';
import { hasBody } from '../headers.js';

/** The version of the WebSocket protocol. */
const VERSION = '13';

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** The header fields of the refusal of a request that asks for no WebSocket, or for another version of it. */
const UPGRADE_FIELDS = { upgrade: 'websocket', 'sec-websocket-version': VERSION };

const NO_UPGRADE = refuse(
  'upgrade-required',
  'A WebSocket is opened here: GET with Upgrade: websocket over HTTP/1.1, once earlier requests of the ' +
    'connection are answered. POST takes single requests.',
);
const OTHER_VERSION = refuse('upgrade-required', `This daemon speaks version ${VERSION} of WebSocket.`);
const NO_KEY = refuse('bad-request', 'Sec-WebSocket-Key is not 16 bytes in base64.');
const WITH_BODY = refuse('bad-request', 'The request of a WebSocket has no body.');
const NO_SUBPROTOCOL = refuse(
  'bad-request',
  `Offer the subprotocol ${SUBPROTOCOL} in Sec-WebSocket-Protocol: the answers follow it.`,
);

const NO_LIST = refuse('bad-request', 'Sec-WebSocket-Protocol is no list of different names.');

/** A name: a token of HTTP. */
const NAME = /^[\w!#$%&'*+\-.^`|~]+$/;

/** Whether `ws` takes the list too: its own refusal would be no problem document. */
const isList = (names: readonly string[]): boolean =>
  names.every((name) => NAME.test(name)) && new Set(names).size === names.length;

/**
 * The refusal of a request that cannot become a WebSocket of this daemon.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-4.2
 */
export const refusedHandshake = (request: FastifyRequest, reply: FastifyReply): Refusal | undefined => {
  const { headers } = request;
  const isClosing = isUpgrade(request);
  const isHttp11 = request.raw.httpVersion === '1.1';
  if (!isClosing || !isHttp11 || headers['sec-websocket-version'] !== VERSION) {
    reply.headers({ ...UPGRADE_FIELDS, connection: isClosing ? 'Upgrade, close' : 'Upgrade' });
    return isClosing && isHttp11 ? OTHER_VERSION : NO_UPGRADE;
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) return NO_KEY;
  if (hasBody(headers)) return WITH_BODY;
  const offered = offeredSubprotocols(request);
  if (!offered.includes(SUBPROTOCOL)) return NO_SUBPROTOCOL;
  return isList(offered) ? undefined : NO_LIST;
};
