import { IncomingMessage } from 'node:http';

/** The paths at which a WebSocket can be opened. */
const WEBSOCKET_PATHS: ReadonlySet<string> = new Set(['/v1/rpc']);

/**
 * A request as Node's server makes it. It asks for an upgrade only if it can become a WebSocket. Node hands
 * the connection of every other request with an Upgrade field over too, and then parses nothing more of it;
 * here such a request is an ordinary one, as HTTP allows. Java's client, for example, offers HTTP/2 with every
 * request.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.8
 */
export class IncomingRequest extends IncomingMessage {
  // Not `#`: the constructor of the base class sets `upgrade` before such a member exists.
  declare private hasUpgrade: unknown;

  /** Set and read by Node: whether the connection leaves HTTP with this request. */
  get upgrade(): boolean {
    return Boolean(this.hasUpgrade) && (this.method === 'CONNECT' || asksForWebSocket(this));
  }

  set upgrade(hasUpgrade: unknown) {
    this.hasUpgrade = hasUpgrade;
  }
}

const asksForWebSocket = ({ method, url, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  WEBSOCKET_PATHS.has(url?.split('?', 1)[0] ?? '') &&
  headers.upgrade?.toLowerCase() === 'websocket';
