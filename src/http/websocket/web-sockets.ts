import type { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { CLOSE_GRACE_MS } from '../connections/listeners.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { refuseEarly } from '../gates/refuse-early.js';
import { SUBPROTOCOL } from '../gates/subprotocols.js';
import type { KeptBytes } from '../memory/kept-bytes.js';
import { StalledClients } from '../memory/stalled-clients.js';
import { refusedHandshake } from './handshake.js';
import { MessageBytes } from './message-bytes.js';

/** How often each client is asked whether it is there. */
const PING_MS = 20_000;

/** A client that has not answered a ping for so long is cut off. */
export const SILENCE_MS = 60_000;

/** How long a client that has stopped the reading of its messages may take no byte, seconds. */
export const STALLED_SECONDS = 30;

/** The codes with which this daemon closes WebSockets. */
export const CLOSE = { draining: 1001, notText: 1003, policy: 1008, bug: 1011 } as const;

/** The parts of the edge that WebSockets uses. */
export interface WebSocketParts {
  /** The most bytes of one message. */
  readonly bodyBytes: number;
  /** The most WebSockets of one owner. */
  readonly perOwner: number;
  /** Calls `run` at intervals; returns the function that stops it. */
  readonly every: (ms: number, run: () => void) => () => void;
  readonly refusals: RefusalLog;
  readonly kept: KeptBytes;
  /** What to do with a WebSocket has thrown when it opened. */
  readonly onBug: (error: Error) => void;
  /** A number of clients was cut off that took no answers. */
  readonly onStalled: (connections: number) => void;
}

/** A WebSocket that has been opened. */
export interface OpenWebSocket {
  readonly ws: WebSocket;
  /** Its TCP or TLS connection. */
  readonly socket: Socket;
  readonly owner: string;
  /** The id of the request that opened it. */
  readonly requestId: string;
}

/** The open WebSockets of all owners: their number, and whether their clients are still there. */
export class WebSockets {
  readonly #parts: WebSocketParts;
  /** By WebSocket, for how many milliseconds its client has not answered a ping, in steps of PING_MS. */
  readonly #silent = new Map<WebSocket, number>();
  readonly #owned = new Map<string, number>();
  /** Present while there are any. */
  #stopPinging: (() => void) | undefined;
  /** Clients that do not read their answers. */
  readonly stalled: StalledClients;

  constructor(parts: WebSocketParts) {
    this.#parts = parts;
    this.stalled = new StalledClients(STALLED_SECONDS, parts.every, parts.onStalled);
  }

  /**
   * Makes a scope for routes that open WebSockets: the plugin adds hooks to every route of its scope, and plain
   * calls need none.
   *
   * @param addRoutes adds them, see `route`
   */
  async register(app: FastifyInstance, addRoutes: (scope: FastifyInstance) => void): Promise<void> {
    await app.register(async (scope) => {
      await this.#addPlugin(scope);
      addRoutes(scope);
    });
  }

  async #addPlugin(scope: FastifyInstance): Promise<void> {
    await scope.register(websocket, {
      options: {
        clientTracking: false,
        // The types lack it.
        ...({ closeTimeout: CLOSE_GRACE_MS } as object),
        // Otherwise ws names the first one that was offered, which may be a token.
        handleProtocols: () => SUBPROTOCOL,
        maxPayload: this.#parts.bodyBytes,
        perMessageDeflate: false,
      },
      errorHandler: (error, ws) => {
        // ws itself closes after an error of the client, with the code that says why.
        if (ws.readyState !== ws.OPEN) return;
        this.#parts.onBug(error);
        ws.close(CLOSE.bug, 'The daemon has a bug; see its log.');
      },
      preClose: (done: () => void) => {
        this.close();
        done();
      },
    });
  }

  /** Registers GET of a path, with what to do with each WebSocket that it opens. */
  route(scope: FastifyInstance, url: string, open: (one: OpenWebSocket) => void): void {
    scope.route({
      method: 'GET',
      url,
      exposeHeadRoute: false,
      schema: { hide: true },
      onRequest: (request, reply, done) => {
        const refusal = this.#refused(request, reply);
        if (refusal) refuseEarly(request, reply, refusal, this.#parts.refusals);
        else done();
      },
      // The hook has refused every request without Upgrade.
      handler: () => undefined,
      wsHandler: (ws, { id: requestId, owner, raw: { socket } }) => {
        const one = { ws, socket, owner, requestId };
        this.#add(one);
        open(one);
      },
    });
  }

  /** Closes all of them. */
  close(): void {
    this.#endPinging();
    this.stalled.close();
    for (const ws of this.#silent.keys()) ws.close(CLOSE.draining, 'The daemon is stopping.');
  }

  #refused(request: FastifyRequest, reply: FastifyReply): Refusal | undefined {
    const { owner } = request;
    const refusal = refusedHandshake(request, reply);
    return refusal ?? ((this.#owned.get(owner) ?? 0) >= this.#parts.perOwner ? TOO_MANY : undefined);
  }

  #add({ ws, socket, owner }: OpenWebSocket): void {
    const hold = () => this.#parts.kept.holdBody({ owner, raw: { socket } });
    new MessageBytes(ws, socket, hold, () => ws.close(CLOSE.policy, 'There is no room for the message.'));
    this.#silent.set(ws, 0);
    this.#stopPinging ??= this.#parts.every(PING_MS, () => this.#ping());
    this.#owned.set(owner, (this.#owned.get(owner) ?? 0) + 1);
    ws.on('pong', () => this.#silent.set(ws, 0));
    ws.once('close', () => {
      this.#silent.delete(ws);
      if (this.#silent.size === 0) this.#endPinging();
      // The map never shrinks: owners come from the configuration and are few.
      this.#owned.set(owner, (this.#owned.get(owner) ?? 1) - 1);
    });
  }

  #endPinging(): void {
    this.#stopPinging?.();
    this.#stopPinging = undefined;
  }

  #ping(): void {
    for (const [ws, silent] of this.#silent) {
      // A client is not silent while its messages are not read.
      if (ws.isPaused) continue;
      if (silent >= SILENCE_MS) ws.terminate();
      else {
        this.#silent.set(ws, silent + PING_MS);
        ws.ping();
      }
    }
  }
}

const TOO_MANY = refuse(
  'quota',
  'The owner has as many WebSockets as limits.webSocketsPerOwner allows; close some, or use one for more calls.',
);
