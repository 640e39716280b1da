import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { AnyOperation } from '../../operations/operation.js';
import { COMMON_CAUSES, causesTable } from '../problems/causes.js';
import { SHARED_SCHEMAS } from '../schemas.js';
import { COMMON_COMPONENTS, completeDocument, type MadeDocument } from './complete-document.js';
import { operationDocument, routeKey } from './operation-document.js';

export interface OpenApiOptions {
  readonly operations: readonly AnyOperation[];
  /** The version of the daemon. */
  readonly version: string;
}

const DESCRIPTION = `Winsock calls over HTTP. Begin with \`startup\`, create a socket in the session, drive it.

Every answer that is not 2xx is a problem document (RFC 9457); Windows Sockets errors carry \`code\` and \`name\`.
What an operation can answer stands in its text and, for programs, in \`x-winsock-errors\`; any request can be refused
as below, which \`x-winsock-errors\` of the document has. [/problems](/problems) explains every name.

${causesTable(COMMON_CAUSES)}`;

const TAGS = [
  { name: 'daemon', description: 'The daemon itself, and what begins a session.' },
  { name: 'session', description: 'What a process is to Winsock.' },
  { name: 'socket', description: 'One socket of a session.' },
  { name: 'problems', description: 'The catalog of everything that can go wrong.' },
];

// The page runs its own scripts and styles and talks to its own origin, nothing else. Its script library sets
// styles on elements, which only 'unsafe-inline' admits.
const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Makes the document of the routes that are registered after this. Operations are described from their definitions;
 * other routes from the schema that they are registered with, unless it says `hide`.
 */
export const registerOpenApi = async (app: FastifyInstance, options: OpenApiOptions): Promise<void> => {
  for (const [$id, schema] of Object.entries(SHARED_SCHEMAS)) app.addSchema({ ...schema, $id });
  await app.register(swagger, documentOptions(options));
};

/** Serves /openapi.json and the pages at /docs. */
export const serveOpenApi = async (app: FastifyInstance): Promise<void> => {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_CSP,
    uiConfig: { deepLinking: true, docExpansion: 'list', persistAuthorization: false, validatorUrl: null },
  });
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(openApiText(app)),
  );
};

/** The document as it is served and committed: with its members in a stable order. */
export const openApiText = (app: FastifyInstance): string => `${inLines(app.swagger(), LINES_TO)}\n`;

/** So deep that each member of an operation and of a component has a line. */
const LINES_TO = 4;

/** A difference shows what it is about, as it would in JSON that is indented throughout, which is twice as long. */
const inLines = (value: unknown, depth: number): string => {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const lines = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${inLines(member, depth - 1)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
};

const documentOptions = (options: OpenApiOptions): FastifyDynamicSwaggerOptions => {
  const { routes, schemas } = operationDocument(options.operations);
  const document = {
    openapi: '3.0.3',
    info: {
      title: 'winsockd',
      version: options.version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    // Relative: the document is the same wherever the daemon listens.
    servers: [{ url: '/' }],
    tags: TAGS,
    security: [{ bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer' } },
      schemas,
      ...COMMON_COMPONENTS,
    },
    'x-winsock-errors': COMMON_CAUSES,
  };
  return {
    // Plain JSON, which its types do not see.
    openapi: document as unknown as NonNullable<FastifyDynamicSwaggerOptions['openapi']>,
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
    transform: ({ schema, url, route }) => ({
      url,
      schema: routes.get(routeKey(String(route.method), url)) ?? schema,
    }),
    transformObject: (made) => {
      if (!('openapiObject' in made)) return made.swaggerObject;
      // Plain JSON, whose types name more shapes than the plugin makes.
      completeDocument(made.openapiObject as unknown as MadeDocument, options.operations);
      return made.openapiObject;
    },
  };
};
