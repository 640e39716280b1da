import type { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { WebSocket } from 'ws';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { CLOSE_GRACE_MS } from '../connections/listeners.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { refuseEarly } from '../gates/refuse-early.js';
import { SUBPROTOCOL } from '../gates/subprotocols.js';
import type { KeptBytes } from '../memory/kept-bytes.js';
import type { StepScheduler } from '../memory/slices.js';
import { StalledClients } from '../memory/stalled-clients.js';
import type { Problem } from '../problems/problem.js';
import { sendProblem } from '../problems/send-answer.js';
import { refusedHandshake } from './handshake.js';
import { MessageBytes } from './message-bytes.js';

/** How often each client is asked whether it is there. */
const PING_MS = 20_000;

/** A client that has not answered a ping for so long is cut off. */
export const SILENCE_MS = 60_000;

/** The most pings and pongs of a client between two pings of the daemon: each costs as much as a message. */
export const MOST_CONTROL_FRAMES = 1000;

/** How long a client that has stopped the reading of its messages may take no byte, seconds. */
export const STALLED_SECONDS = 30;

/** The codes with which this daemon closes WebSockets. */
export const CLOSE = {
  done: 1000,
  draining: 1001,
  /** A message that the route does not take: binary where texts are read, or a text that is not JSON. */
  unsupported: 1003,
  /** Without a close frame, as ws reports it: never sent. */
  lost: 1006,
  policy: 1008,
  bug: 1011,
  /** What the WebSocket is for has failed. */
  failed: 4000,
} as const;

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
  /** Long messages are read in these turns. */
  readonly turns: StepScheduler;
  /** What to do with a WebSocket has thrown when it opened. */
  readonly onBug: (error: Error) => void;
  /** A number of clients was cut off that took no answers. */
  readonly onStalled: (connections: number) => void;
}

/** What is known about the client of a WebSocket. */
interface Client {
  /** For how many milliseconds it has not answered a ping, in steps of PING_MS. */
  silent: number;
  /** Its pings and pongs since the last ping of the daemon, beyond the pongs that answer one. */
  controlFrames: number;
  /** The pings of the daemon that it has not answered. */
  unanswered: number;
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

/** What to do with a WebSocket that has been opened. */
export type Opening = (one: OpenWebSocket) => void;

/** Judges the request of a WebSocket, behind all other checks. */
export type Judge = (request: FastifyRequest) => Promise<Opening | Problem>;

/** The open WebSockets of all owners: their number, and whether their clients are still there. */
export class WebSockets {
  readonly #parts: WebSocketParts;
  readonly #clients = new Map<WebSocket, Client>();
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
  route(scope: FastifyInstance, url: string, open: Opening): void {
    this.#route(scope, url, [], () => open);
  }

  /** As route; each request is judged before its WebSocket opens. */
  judgedRoute(scope: FastifyInstance, url: string, judge: Judge): void {
    const openings = new WeakMap<FastifyRequest, Opening>();
    const judging: onRequestHookHandler = (request, reply, done) => {
      judge(request).then((judged) => {
        if (typeof judged === 'function') {
          openings.set(request, judged);
          done();
        } else {
          this.#parts.refusals.note(judged, request);
          sendProblem(reply, judged);
        }
      }, done);
    };
    this.#route(scope, url, [judging], (request) => openings.get(request));
  }

  #route(
    scope: FastifyInstance,
    url: string,
    judges: readonly onRequestHookHandler[],
    openingOf: (request: FastifyRequest) => Opening | undefined,
  ): void {
    const refuse: onRequestHookHandler = (request, reply, done) => {
      const refusal = this.#refused(request, reply);
      if (refusal) refuseEarly(request, reply, refusal, this.#parts.refusals);
      else done();
    };
    scope.route({
      method: 'GET',
      url,
      exposeHeadRoute: false,
      schema: { hide: true },
      onRequest: [refuse, ...judges],
      // The hook has refused every request without Upgrade.
      handler: () => undefined,
      wsHandler: (ws, request) => {
        const { id: requestId, owner, raw } = request;
        const one = { ws, socket: raw.socket, owner, requestId };
        this.#add(one);
        openingOf(request)?.(one);
      },
    });
  }

  /** Closes all of them. */
  close(): void {
    this.#endPinging();
    this.stalled.close();
    for (const ws of this.#clients.keys()) ws.close(CLOSE.draining, 'The daemon is stopping.');
  }

  #refused(request: FastifyRequest, reply: FastifyReply): Refusal | undefined {
    const { owner } = request;
    const refusal = refusedHandshake(request, reply);
    return refusal ?? ((this.#owned.get(owner) ?? 0) >= this.#parts.perOwner ? TOO_MANY : undefined);
  }

  #add({ ws, socket, owner }: OpenWebSocket): void {
    const { kept, turns } = this.#parts;
    const refuseRest = (reason: string): void => {
      // As `ws` does for a message that is too large. Without a listener the bytes are lost as they come.
      socket.removeAllListeners('data');
      ws.close(CLOSE.policy, reason);
    };
    const hold = () => kept.holdBody({ owner, raw: { socket } });
    const onRefused = () => refuseRest('There is no room for the message.');
    new MessageBytes(ws, socket, { owner, turns, hold, onRefused });
    const client: Client = { silent: 0, controlFrames: 0, unanswered: 0 };
    this.#clients.set(ws, client);
    const countFrame = (): void => {
      if (++client.controlFrames === MOST_CONTROL_FRAMES) refuseRest('There are too many pings and pongs.');
    };
    this.#stopPinging ??= this.#parts.every(PING_MS, () => this.#ping());
    this.#owned.set(owner, (this.#owned.get(owner) ?? 0) + 1);
    ws.on('ping', countFrame).on('pong', () => {
      client.silent = 0;
      if (client.unanswered > 0) client.unanswered--;
      else countFrame();
    });
    ws.once('close', () => {
      this.#clients.delete(ws);
      if (this.#clients.size === 0) this.#endPinging();
      // The map never shrinks: owners come from the configuration and are few.
      this.#owned.set(owner, (this.#owned.get(owner) ?? 1) - 1);
    });
  }

  #endPinging(): void {
    this.#stopPinging?.();
    this.#stopPinging = undefined;
  }

  #ping(): void {
    for (const [ws, client] of this.#clients) {
      client.controlFrames = 0;
      // A client is not silent while its messages are not read. It is asked all the same: the system of one
      // that is gone refuses the ping, and the connection ends.
      if (!ws.isPaused) {
        if (client.silent >= SILENCE_MS) {
          ws.terminate();
          continue;
        }
        client.silent += PING_MS;
      }
      client.unanswered++;
      ws.ping();
    }
  }
}

const TOO_MANY = refuse(
  'quota',
  'The owner has as many WebSockets as limits.webSocketsPerOwner allows; close some, or use one for more calls.',
);
