import http, { type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { incomingRequests } from './incoming-request.js';

/** Milliseconds for the header and for the whole request to arrive, and between two checks of these. */
export const TIMEOUTS = { headers: 20_000, request: 60_000, check: 5_000 } as const;
/** Milliseconds after which an idle connection is closed. */
export const KEEP_ALIVE_MS = 72_000;
/** The most bytes of a request line with its header fields. */
export const HEADER_BYTES = 16 * 1024;

export interface NodeServerOptions {
  /** PEM texts; without them the server speaks plain HTTP. */
  readonly tls?:
    | { readonly cert: string; readonly key: string; readonly minVersion?: SecureVersion }
    | undefined;
  /** As `TIMEOUTS`. */
  readonly timeouts?: { readonly headers: number; readonly request: number; readonly check: number };
}

/**
 * Node's HTTP or HTTPS server with the settings of this daemon.
 *
 * @param owesAnswers see incomingRequests
 */
export const nodeServer = (
  { tls, timeouts = TIMEOUTS }: NodeServerOptions,
  listener: RequestListener,
  owesAnswers: (socket: Socket) => boolean,
): Server => {
  const options = {
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: timeouts.check,
    maxHeaderSize: HEADER_BYTES,
    IncomingMessage: incomingRequests(owesAnswers),
    // The Host gate checks it, since Node's own answer is no problem document.
    requireHostHeader: false,
  };
  const server = tls
    ? https.createServer({ ...options, minVersion: 'TLSv1.2', ...tls }, listener)
    : http.createServer(options, listener);
  // Otherwise the gates would not see those behind the first 2,000. maxHeaderSize bounds them.
  server.maxHeadersCount = 0;
  // A client that has ended its sending side still gets its answers; then the connection closes. Calls that
  // are to be cancelled once the client has ended listen to `end`: see rest/delivery.ts. Node's types lack
  // the property.
  return Object.assign(server, { httpAllowHalfOpen: true });
};
