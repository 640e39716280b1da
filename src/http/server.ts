import type { Server } from 'node:http';
import compress from '@fastify/compress';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import { refuse } from '../daemon/answers/refusals.js';
import type { SocketSupply } from '../operations/pump/held-socket.js';
import { BATCH_CHAPTER } from './batch/batch-definition.js';
import { registerBatch } from './batch/batch-route.js';
import { Batches } from './batch/batches.js';
import { BYTES_CHAPTER } from './bytes/bytes-definitions.js';
import { registerBytes } from './bytes/bytes-routes.js';
import { varyByEncoding } from './cached-page.js';
import { ConnectionSlots, slotGate } from './connections/connection-slots.js';
import { type NodeServerOptions, nodeServer } from './connections/node-server.js';
import { registerConsole } from './console/console-files.js';
import type { EventSource } from './events/event-reader.js';
import { registerEvents } from './events/events-route.js';
import { registerJournalExport } from './export/journal-export.js';
import { AnswersUnderWay } from './gates/answers-under-way.js';
import { mediaGate } from './gates/content-type-gate.js';
import { answerPreflights, fieldsForOrigins } from './gates/cross-origin.js';
import { drainingGate } from './gates/draining-gate.js';
import { errorHandler } from './gates/error-handler.js';
import { acceptedHosts, type HostNames, hostGate } from './gates/host-gate.js';
import { registerBodyParser } from './gates/json-body.js';
import { judgedOnce } from './gates/judged-once.js';
import { type InstantClock, Instants, notBeforeGate } from './gates/not-before.js';
import { originGate } from './gates/origin-gate.js';
import { protocolGate } from './gates/protocol-gate.js';
import { RefusalLog } from './gates/refusal-log.js';
import { refuseEarly } from './gates/refuse-early.js';
import { RequestOrder } from './gates/request-order.js';
import { originForm, targetGate } from './gates/request-target-gate.js';
import { routeGate } from './gates/route-gate.js';
import { closeBehind, isUpgrade } from './gates/subprotocols.js';
import { ThriftyLog } from './gates/thrifty-log.js';
import { type NamedToken, ownersOf, tokenGate } from './gates/token-gate.js';
import { answerRemainingEvents, clientErrorHandler } from './gates/unparsed-requests.js';
import { type Health, registerHealth } from './health.js';
import { keyGate } from './keys/key-gate.js';
import { Keys } from './keys/keys.js';
import type { KeyClock, KeyLimits } from './keys/owner-keys.js';
import type { Lesson } from './lessons/lesson.js';
import { registerLessons } from './lessons/lessons-route.js';
import { type Accounts, KeptBytes } from './memory/kept-bytes.js';
import { Slices, type StepScheduler } from './memory/slices.js';
import { StalledClients } from './memory/stalled-clients.js';
import { TurnLoad } from './memory/turn-load.js';
import { type OpenApiOptions, registerOpenApi, serveOpenApi } from './openapi/openapi.js';
import { registerProblems } from './problems/problem-pages.js';
import { completeHeaders, sendRefusal } from './problems/send-answer.js';
import { requestIds } from './request-ids.js';
import { NamedCalls } from './rest/named-calls.js';
import { type RestOptions, registerRest } from './rest/rest.js';
import { registerJsonRpc } from './rpc/json-rpc.js';
import { registerStream } from './stream/stream-route.js';
import { WebSockets } from './websocket/web-sockets.js';

/** The parts and limits of the HTTP edge; app.ts fills them in. */
export interface ServerOptions
  extends OpenApiOptions,
    RestOptions,
    EventSource,
    HostNames,
    Pick<SocketSupply, 'findSocket' | 'endSocket' | 'rooms'>,
    NodeServerOptions {
  readonly tls?: NodeServerOptions['tls'];
  readonly log: FastifyBaseLogger;
  /** Every token and its owner. */
  readonly tokens: readonly NamedToken[];
  readonly allowedOrigins?: readonly string[];
  readonly health: Health;
  /** In the order in which they are shown. */
  readonly lessons?: readonly Lesson[];
  /** The clock of the daemon. */
  readonly clock: InstantClock & KeyClock & SocketSupply['clock'];
  /** Limits of one request, one connection and one client. */
  readonly limits: EdgeLimits;
  /** The accounts of the bytes that are kept for each owner. */
  readonly bytes: Accounts;
  /** Large bodies are read, and journals exported, in these turns. */
  readonly turns: StepScheduler;
  /** The most connections at once. */
  readonly connections: number;
  /** The most connections of one owner. */
  readonly connectionsPerOwner: number;
  /**
   * New connections with this descriptor or a greater one replace unauthenticated ones, as long as there are
   * any. Absent: no limit.
   */
  readonly descriptors?: number;
}

/** Sizes and times that limit what a client can use. */
export interface EdgeLimits extends KeyLimits {
  /** The longest wait of one call, seconds. */
  readonly waitSeconds: number;
  /** The largest body of a call that takes no data. */
  readonly callBodyBytes: number;
  /** The largest body of a call that takes data or a long list. */
  readonly bodyBytes: number;
  /** The most values and names of one body. */
  readonly bodyValues: number;
  /** The most requests of one connection that are under way at once. */
  readonly requestsPerConnection: number;
  /** The most WebSockets of one owner. */
  readonly webSocketsPerOwner: number;
  /** The most calls of one owner that wait, and the most requests under way on one WebSocket. */
  readonly callsPerOwner: number;
  /** How long a client may neither send nor receive while memory is short, seconds. */
  readonly stalledSeconds: number;
}

/** The most characters of one part of a path. */
export const MOST_OF_PATH_PART = 200;

/**
 * Builds the HTTP edge: gates, operations, health, problems, OpenAPI. It does not listen. Further routes may
 * be registered on the result; all gates apply to them.
 */
export const buildServer = async (options: ServerOptions): Promise<FastifyInstance> => {
  const { limits, version } = options;
  const nextRequestId = requestIds();
  const lines = new ThriftyLog(options.log);
  const refusals = new RefusalLog(lines);
  const answers = new AnswersUnderWay();
  const turn = new TurnLoad();
  const slots = new ConnectionSlots(options.connections, options.connectionsPerOwner, options.descriptors);
  const ownerOf = ownersOf(options.tokens);
  const order = new RequestOrder(answers, ownerOf, limits.requestsPerConnection, turn);
  const stalled = new StalledClients(limits.stalledSeconds, options.events.every, (connections) =>
    options.log.warn({ connections }, 'clients that stood still while memory was short were cut off'),
  );
  const kept = new KeptBytes(options.bytes, stalled, turn);
  const onError = errorHandler(lines, refusals);
  const { allowedOrigins = [] } = options;
  const fieldsFor = fieldsForOrigins(allowedOrigins);
  // hasPlainFields in delivery.ts knows which header fields hooks add to answers.
  const addFieldsForPage = (reply: FastifyReply): void => {
    const { origin } = reply.request.headers;
    if (origin !== undefined) reply.headers(fieldsFor(origin) ?? {});
  };
  const app = Fastify({
    ...fastifyOptions(options),
    serverFactory: (handle) => {
      const server = nodeServer(
        options,
        (request, response) => order.enter(response, () => handle(request, response)),
        (socket) => answers.owed(socket).length > 0,
      );
      server.on('connection', (socket) => slots.take(socket));
      return server;
    },
    genReqId: nextRequestId,
    clientErrorHandler: clientErrorHandler(nextRequestId, refusals, answers, order),
    // Errors of the router, which come before any hook.
    frameworkErrors: (error, request, reply) => {
      addFieldsForPage(reply);
      if (isUpgrade(request)) closeBehind(reply);
      completeHeaders(reply);
      onError(error, request, reply);
    },
  });
  app.addHook('onClose', async () => {
    lines.close();
    stalled.close();
  });
  answerRemainingEvents(app.server, nextRequestId, refusals, answers, order, fieldsFor);

  // Dispatch validates, so Fastify neither coerces nor drops members of requests and answers.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(onError);
  app.decorateRequest('owner', '');
  app.decorateRequest('notBefore', undefined);
  app.decorateRequest('idempotencyKey', undefined);
  app.decorateRequest('bodyHash', undefined);
  registerBodyParser(app, limits.bodyValues, kept, options.turns);
  // Some clients send `{}` with every request: it is read and checked as any other body.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.addHttpMethod('HEAD', { hasBody: true, overrideExisting: true });

  const instants = new Instants(options.clock, limits.waitSeconds * 1000);
  const gates = [
    targetGate,
    judgedOnce([
      protocolGate,
      hostGate(hostsOf(app, options)),
      originGate(options.tls !== undefined, allowedOrigins),
      answerPreflights(fieldsFor),
      tokenGate(ownerOf),
      slotGate(slots),
    ]),
    drainingGate(options.health.isDraining),
    routeGate(app),
    mediaGate,
    notBeforeGate(instants),
    keyGate,
  ];
  app.addHook('onRequest', (request, reply, done) => {
    addFieldsForPage(reply);
    if (isUpgrade(request)) closeBehind(reply);
    // The first refusal is the answer. Size and JSON are checked later, when the body is read.
    for (const gate of gates) {
      const verdict = gate(request, reply);
      if (verdict === 'answered') return;
      if (verdict !== undefined) return refuseEarly(request, reply, verdict, refusals);
    }
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    completeHeaders(reply);
    done(null, payload);
  });
  // The route gate refuses unknown paths before this; without it Fastify would compile its own handler.
  app.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, refuse('not-found', 'Nothing is at this path.')),
  );

  const chapters = [...options.chapters, BATCH_CHAPTER];
  await registerOpenApi(app, { chapters: [...chapters, BYTES_CHAPTER], version });
  registerHealth(app, options.health);
  registerLessons(app, options.lessons ?? []);
  const { operations, beforeReply } = options;
  const keys = new Keys(options.clock, limits, options.bytes);
  const parts = { bodyBytes: limits.bodyBytes, lines, kept, order, keys };
  registerRest(app, { ...options, operations: operations.filter(({ rest }) => !rest?.long) }, parts);
  registerEvents(app, options, parts);
  const { dispatch, clock, rooms, findSocket, endSocket } = options;
  const supply = { dispatch, clock, rooms, findSocket, endSocket };
  await registerBytes(app, { ...parts, ...supply });
  await serveOpenApi(app);
  registerConsole(app);
  registerProblems(app);
  await app.register(async (scope) => {
    await compressAnswers(scope, answers);
    registerRest(scope, { ...options, operations: operations.filter(({ rest }) => rest?.long) }, parts);
    registerJournalExport(scope, options, parts);
  });
  const calls = new NamedCalls({ ...options, lines });
  const slices = new Slices(options.turns);
  const batches = new Batches(calls, slices, lines, limits, instants);
  registerBatch(app, { ...parts, batches, turn, beforeReply });
  const sockets = new WebSockets({
    bodyBytes: limits.bodyBytes,
    perOwner: limits.webSocketsPerOwner,
    every: options.events.every,
    refusals,
    kept,
    turns: options.turns,
    onBug: (err) => options.log.error({ err }, 'request failed by a bug'),
    onStalled: (connections) =>
      options.log.warn({ connections }, 'WebSockets whose clients took no answers were cut off'),
  });
  const { bodyValues, callsPerOwner: mostUnderWay } = limits;
  const openRpc = registerJsonRpc(app, {
    ...{ ...parts, calls, batches, chapters, version, sockets, slices, turn, refusals, onError, beforeReply },
    ...{ source: options, bodyValues, mostUnderWay },
  });
  await sockets.register(app, (scope) => {
    sockets.route(scope, '/v1/rpc', openRpc);
    registerStream(scope, { ...supply, sockets, kept, lines, bodyValues });
  });
  return app;
};

/** The plugin's default lacks JSON lines and captures. */
const COMPRESSIBLE = /^text\/|json|javascript|svg|pcap/;

/**
 * Compresses the answers of this scope where the client asks for it and no earlier answer of its connection
 * is owed: a client that reads no answers keeps one compressor for each connection. It needs a scope of its
 * own, because the plugin adds a hook to every route of its scope, and plain calls need none.
 */
const compressAnswers = async (scope: FastifyInstance, answers: AnswersUnderWay): Promise<void> => {
  await scope.register(compress, { globalDecompression: false, customTypes: COMPRESSIBLE });
  scope.addHook('onRequest', ({ raw }, reply, done) => {
    // The plugin adds no Vary when this one is there.
    varyByEncoding(reply);
    if (answers.owed(raw.socket)[0] !== reply.raw) delete raw.headers['accept-encoding'];
    done();
  });
};

/** Returns the accepted Hosts; their port is known when the server listens. */
const hostsOf = (app: FastifyInstance, options: ServerOptions): (() => ReadonlySet<string>) => {
  let hosts = acceptedHosts(options, options.tls === undefined ? 80 : 443);
  app.server.on('listening', () => {
    const address = app.server.address();
    if (typeof address === 'object' && address !== null) hosts = acceptedHosts(options, address.port);
  });
  return () => hosts;
};

/** Fastify's own log, warnings and errors only: the process logs where it listens. */
const warningsOf = (log: FastifyBaseLogger): FastifyBaseLogger =>
  ['trace', 'debug', 'info'].includes(log.level) ? log.child({}, { level: 'warn' }) : log;

const fastifyOptions = (options: ServerOptions): FastifyHttpOptions<Server, FastifyBaseLogger> => ({
  // Decides the scheme of the printed address. Fastify's type lacks it where there is a serverFactory.
  ...({ https: options.tls ?? null } as object),
  loggerInstance: warningsOf(options.log),
  // call-log.ts writes the one line of each call.
  logController: new LogController({ disableRequestLogging: true }),
  // Log lines carry the request id themselves; a child logger for each request would cost more than routing.
  childLoggerFactory: (logger: FastifyBaseLogger) => logger,
  requestIdHeader: false,
  exposeHeadRoutes: true,
  return503OnClosing: false,
  forceCloseConnections: 'idle',
  bodyLimit: options.limits.callBodyBytes,
  routerOptions: { maxParamLength: MOST_OF_PATH_PART, ignoreTrailingSlash: false, caseSensitive: true },
  rewriteUrl: (request) => originForm(request.url ?? '/'),
});
