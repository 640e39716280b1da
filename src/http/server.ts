import type { Server } from 'node:http';
import type { SecureVersion } from 'node:tls';
import compress from '@fastify/compress';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import { refuse } from '../daemon/answers/refusals.js';
import { placeGate, placesOf } from './connections/places.js';
import { type EventsOptions, registerEvents } from './events/events-route.js';
import { registerJournalExport } from './export/journal-export.js';
import { AnswersUnderWay } from './gates/answers-under-way.js';
import { mediaGate } from './gates/content-type-gate.js';
import { crossOrigin } from './gates/cross-origin.js';
import { drainingGate } from './gates/draining-gate.js';
import { errorHandler } from './gates/error-handler.js';
import type { Gate } from './gates/gate.js';
import { acceptedHosts, type HostNames, hostGate } from './gates/host-gate.js';
import { registerBodyParser } from './gates/json-body.js';
import { originGate } from './gates/origin-gate.js';
import { protocolGate } from './gates/protocol-gate.js';
import type { Turns } from './gates/read-body.js';
import { RefusalLog } from './gates/refusal-log.js';
import { refuseEarly } from './gates/refuse-early.js';
import { RequestOrder } from './gates/request-order.js';
import { originForm, targetGate } from './gates/request-target-gate.js';
import { routeGate } from './gates/route-gate.js';
import { type NamedToken, tokenGate } from './gates/token-gate.js';
import { answerRemainingEvents, clientErrorHandler } from './gates/unparsed-requests.js';
import { ANSWER_HEADERS, NO_TIMING } from './headers.js';
import { type Health, registerHealth } from './health.js';
import { varyByEncoding } from './kept-page.js';
import { type Accounts, KeptBytes } from './memory/kept-bytes.js';
import { StalledClients } from './memory/stalled-clients.js';
import { Turn } from './memory/turn.js';
import { type OpenApiOptions, registerOpenApi, serveOpenApi } from './openapi/openapi.js';
import { registerProblems } from './problems/problem-pages.js';
import { sendRefusal } from './problems/send-answer.js';
import { requestIds } from './request-ids.js';
import { type RestOptions, registerRest } from './rest/rest.js';

/** What the HTTP edge is built from; the composition root brings it all together. */
export interface ServerOptions extends OpenApiOptions, RestOptions, EventsOptions, HostNames {
  readonly log: FastifyBaseLogger;
  /** Every token and its owner. */
  readonly tokens: readonly NamedToken[];
  readonly allowedOrigins?: readonly string[];
  /** PEM texts; absent: plain HTTP. */
  readonly tls?:
    | { readonly cert: string; readonly key: string; readonly minVersion?: SecureVersion }
    | undefined;
  readonly health: Health;
  /** What one request, one connection and one client may use; the defaults of the configuration unless given. */
  readonly limits?: Partial<EdgeLimits>;
  /** Bytes kept for each owner. */
  readonly bytes: Accounts;
  /** In which large bodies are read. */
  readonly turns: Turns;
  /** Milliseconds for the header and for the whole request to arrive. */
  readonly timeouts?: { readonly headers: number; readonly request: number; readonly check: number };
  /** Connections at once; 4096 unless given. */
  readonly connections?: number;
  /** Of these for one owner; all of them unless given. */
  readonly connectionsPerOwner?: number;
  /** Connections have descriptors below this one, as long as there is an unknown one to close; no limit unless given. */
  readonly descriptors?: number;
}

/** Sizes and times that bound what the edge does and keeps for a client. */
export interface EdgeLimits {
  /** The largest body where no data travels. */
  readonly callBodyBytes: number;
  /** The largest body of a call that takes data. */
  readonly bodyBytes: number;
  /** Most values and names of one body. */
  readonly bodyValues: number;
  /** Most requests of one connection that are under way at once. */
  readonly requestsPerConnection: number;
  /** How long a client may neither send nor take anything while bytes are short, seconds. */
  readonly stalledSeconds: number;
}

const LIMITS: EdgeLimits = {
  callBodyBytes: 64 * 1024,
  bodyBytes: 8 * 1024 * 1024,
  bodyValues: 32_768,
  requestsPerConnection: 64,
  stalledSeconds: 10,
};
const TIMEOUTS = { headers: 20_000, request: 60_000, check: 5_000 };
const CONNECTIONS = 4096;

/**
 * Builds the HTTP edge: gates, operations, health, problems, OpenAPI. It never listens. Routes that are no
 * operations may be registered on what it returns; all gates apply to them too.
 */
export const buildServer = async (options: ServerOptions): Promise<FastifyInstance> => {
  const limits = { ...LIMITS, ...options.limits };
  const nextRequestId = requestIds();
  const refusals = new RefusalLog(options.log);
  const answers = new AnswersUnderWay();
  const turn = new Turn();
  const order = new RequestOrder(answers, limits.requestsPerConnection, turn);
  const stalled = new StalledClients(limits.stalledSeconds, options.events.every, (connections) =>
    options.log.warn({ connections }, 'clients that stood still while memory was short were cut off'),
  );
  const kept = new KeptBytes(options.bytes, stalled, turn);
  const onError = errorHandler(refusals);
  const begin = (reply: FastifyReply): void => {
    answers.note(reply.raw);
    reply.headers(ANSWER_HEADERS);
    reply.header('x-request-id', reply.request.id);
    reply.header('server-timing', NO_TIMING);
  };
  const app = Fastify({
    ...fastifyOptions(options, limits),
    genReqId: nextRequestId,
    clientErrorHandler: clientErrorHandler(nextRequestId, refusals, answers, order),
    // Of the router, before any hook has run.
    frameworkErrors: (error, request, reply) => {
      begin(reply);
      onError(error, request, reply);
    },
  });
  app.addHook('onClose', async () => {
    refusals.close();
    stalled.close();
  });
  // All of them, or the gates would not see what stands behind the first 2,000; maxHeaderSize is their bound.
  app.server.maxHeadersCount = 0;
  answerAfterFin(app.server);
  const { connections = CONNECTIONS, connectionsPerOwner: perOwner = connections } = options;
  const places = placesOf(app.server, connections, options.descriptors, perOwner);
  answerRemainingEvents(app.server, nextRequestId, refusals, answers);

  // Neither coerces nor drops anything: dispatch validates, and JSON.stringify writes every member.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(onError);
  app.decorateRequest('owner', '');
  registerBodyParser(app, limits.bodyValues, kept, options.turns);
  // Some clients send `{}` with every request: it is read, and judged as any other body.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.addHttpMethod('HEAD', { hasBody: true, overrideExisting: true });

  const { allowedOrigins = [] } = options;
  app.addHook('onRequest', (_request, reply, done) => {
    begin(reply);
    order.enter(reply.raw, done);
  });
  passThrough(app, refusals, [
    targetGate,
    protocolGate,
    hostGate(hostsOf(app, options)),
    originGate(options.tls !== undefined, allowedOrigins),
  ]);
  app.addHook('onRequest', crossOrigin(allowedOrigins));
  passThrough(app, refusals, [
    tokenGate(options.tokens),
    placeGate(places),
    drainingGate(options.health.isDraining),
    routeGate(app),
    mediaGate,
  ]);
  // The route gate has answered for every unknown path; this only keeps Fastify's own answer away.
  app.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, refuse('not-found', 'Nothing is at this path.')),
  );

  await registerOpenApi(app, options);
  registerHealth(app, options.health);
  const { operations } = options;
  const parts = { bodyBytes: limits.bodyBytes, lines: refusals, kept };
  registerRest(app, { ...options, operations: operations.filter(({ rest }) => !rest?.long) }, parts);
  registerEvents(app, options, refusals);
  await serveOpenApi(app);
  registerProblems(app);
  await app.register(async (scope) => {
    await compressAnswers(scope, answers);
    registerRest(scope, { ...options, operations: operations.filter(({ rest }) => rest?.long) }, parts);
    registerJournalExport(scope, options, kept);
  });
  return app;
};

/** The plugin's own list lacks journals as lines and as captures. */
const COMPRESSIBLE = /^text\/|json|javascript|svg|pcap/;

/**
 * Answers of this scope are compressed where the client asks, and nothing is owed to it before: whoever leaves answers
 * unread keeps one compressor for each connection. A scope of its own, since the plugin adds a hook to every route of
 * its scope: calls have nothing of it.
 */
const compressAnswers = async (scope: FastifyInstance, answers: AnswersUnderWay): Promise<void> => {
  await scope.register(compress, { globalDecompression: false, customTypes: COMPRESSIBLE });
  scope.addHook('onRequest', ({ raw }, reply, done) => {
    // As the plugin writes it, which then adds none.
    varyByEncoding(reply);
    if (answers.owed(raw.socket)[0] !== reply.raw) delete raw.headers['accept-encoding'];
    done();
  });
};

/** Runs the gates in their order; the first refusal is the answer. Size and JSON come after them, with the body. */
const passThrough = (app: FastifyInstance, refusals: RefusalLog, gates: readonly Gate[]): void => {
  app.addHook('onRequest', (request, reply, done) => {
    for (const gate of gates) {
      const refusal = gate(request, reply);
      if (refusal !== undefined) {
        refuseEarly(request, reply, refusal, refusals);
        return;
      }
    }
    done();
  });
};

/**
 * A client that has ended its side still gets its answers, after which the connection closes. Who must not take it
 * for present asks for `end`, see rest/delivery.ts.
 */
const answerAfterFin = (server: Server): void => {
  // A property of Node's own that its typing lacks.
  Object.assign(server, { httpAllowHalfOpen: true });
};

/** The accepted Hosts, known for certain only once the server has its port. */
const hostsOf = (app: FastifyInstance, options: ServerOptions): (() => ReadonlySet<string>) => {
  let hosts = acceptedHosts(options, options.tls === undefined ? 80 : 443);
  app.server.on('listening', () => {
    const address = app.server.address();
    if (typeof address === 'object' && address !== null) hosts = acceptedHosts(options, address.port);
  });
  return () => hosts;
};

/** What Fastify itself has to say that somebody must know; where it listens, the process says. */
const withoutNews = (log: FastifyBaseLogger): FastifyBaseLogger =>
  ['trace', 'debug', 'info'].includes(log.level) ? log.child({}, { level: 'warn' }) : log;

const fastifyOptions = (
  options: ServerOptions,
  { callBodyBytes }: EdgeLimits,
): FastifyHttpOptions<Server, FastifyBaseLogger> => {
  const timeouts = options.timeouts ?? TIMEOUTS;
  const http = {
    headersTimeout: timeouts.headers,
    connectionsCheckingInterval: timeouts.check,
    maxHeaderSize: 16 * 1024,
    // Counted by the Host gate; Node's own answer is no problem document.
    requireHostHeader: false,
  };
  const common = {
    loggerInstance: withoutNews(options.log),
    // rest.ts writes the one line of each call.
    logController: new LogController({ disableRequestLogging: true }),
    // Log lines carry the request id themselves; a child logger for each request would cost more than routing.
    childLoggerFactory: (logger: FastifyBaseLogger) => logger,
    requestIdHeader: false as const,
    exposeHeadRoutes: true,
    return503OnClosing: false,
    forceCloseConnections: 'idle' as const,
    bodyLimit: callBodyBytes,
    requestTimeout: timeouts.request,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false, caseSensitive: true },
    rewriteUrl: (request: { url?: string | undefined }) => originForm(request.url ?? '/'),
  };
  if (options.tls === undefined) return { ...common, http };
  // Fastify types an https instance by its server class; nothing here needs more of it than an http one has.
  const https = { ...http, minVersion: 'TLSv1.2' as const, ...options.tls };
  return { ...common, https } as FastifyHttpOptions<Server, FastifyBaseLogger>;
};
