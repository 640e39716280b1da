import http, { type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import type { SecureVersion } from 'node:tls';

/** Milliseconds until the header and the whole request have to be there, and how often that is looked at. */
export const TIMEOUTS = { headers: 20_000, request: 60_000, check: 5_000 } as const;
/** How long a connection is kept on which nothing comes, milliseconds. */
export const KEEP_ALIVE_MS = 72_000;
/** The most bytes of a request line and its header fields. */
export const HEADER_BYTES = 16 * 1024;

export interface NodeServerOptions {
  /** PEM texts; absent: plain HTTP. */
  readonly tls?:
    | { readonly cert: string; readonly key: string; readonly minVersion?: SecureVersion }
    | undefined;
  /** Milliseconds for the header and for the whole request to arrive. */
  readonly timeouts?: { readonly headers: number; readonly request: number; readonly check: number };
}

/** Node's HTTP server, as the edge needs it. */
export const nodeServer = (
  { tls, timeouts = TIMEOUTS }: NodeServerOptions,
  listener: RequestListener,
): Server => {
  const options = {
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: timeouts.check,
    maxHeaderSize: HEADER_BYTES,
    // Counted by the Host gate; Node's own answer is no problem document.
    requireHostHeader: false,
  };
  const server = tls
    ? https.createServer({ ...options, minVersion: 'TLSv1.2', ...tls }, listener)
    : http.createServer(options, listener);
  // All of them, or the gates would not see what stands behind the first 2,000; maxHeaderSize is their bound.
  server.maxHeadersCount = 0;
  // A client that has ended its side still gets its answers, after which the connection closes. A call that must take it
  // for absent listens to `end`: see rest/delivery.ts. A property of Node that its typing lacks.
  return Object.assign(server, { httpAllowHalfOpen: true });
};
