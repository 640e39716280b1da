import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** The targets at which a WebSocket can be opened. */
const WEBSOCKET_TARGET = /^\/v1\/(?:rpc|sockets\/[^/?]+\/stream)(?:\?|$)/;

/**
 * The class of the requests that Node's server makes. Such a request asks for an upgrade only if it can become
 * a WebSocket. Node hands the connection of every other request with an Upgrade field over too, and then parses
 * nothing more of it; here such a request is an ordinary one, as HTTP allows. Java's client, for example, offers
 * HTTP/2 with every request.
 *
 * @param owesAnswers whether earlier requests of a connection are not answered yet: a WebSocket cannot begin
 *   behind them
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.8
 */
export const incomingRequests = (owesAnswers: (socket: Socket) => boolean): typeof IncomingMessage =>
  class IncomingRequest extends IncomingMessage {
    // Only declared: the constructor of the base class sets `upgrade` before members of this one exist.
    declare hasUpgrade: unknown;
    declare leavesHttp: boolean | undefined;

    /** Set and read by Node: whether the connection leaves HTTP with this request. */
    get upgrade(): boolean {
      if (!this.hasUpgrade) return false;
      // Judged once, when Node has parsed the header: Fastify rewrites the target later.
      this.leavesHttp ??= this.method === 'CONNECT' || (asksForWebSocket(this) && !owesAnswers(this.socket));
      return this.leavesHttp;
    }

    set upgrade(hasUpgrade: unknown) {
      this.hasUpgrade = hasUpgrade;
    }
  };

const asksForWebSocket = ({ method, url, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  url !== undefined &&
  WEBSOCKET_TARGET.test(url) &&
  headers.upgrade?.toLowerCase() === 'websocket';
