import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { Chapter, DescribedOperation } from '../../operations/operation.js';
import { KeptPage } from '../kept-page.js';
import { COMMON_CAUSES, causesTable } from '../problems/causes.js';
import { SHARED_SCHEMAS } from '../schemas.js';
import { COMMON_COMPONENTS, completeDocument, type MadeDocument } from './complete-document.js';
import { serveDocsFiles } from './docs-files.js';
import { DOCS_CSP, DOCS_PAGE, TITLE } from './docs-page.js';
import { operationDocument, routeKey } from './operation-document.js';

export interface OpenApiOptions {
  /** The operations as the documentation shows them. */
  readonly chapters: readonly Chapter<DescribedOperation>[];
  /** The version of the daemon. */
  readonly version: string;
}

const DESCRIPTION = `Winsock calls over HTTP. Begin with \`startup\`, create a socket in the session, drive it.

The examples are one conversation, in the order of this page: each succeeds after those before it, once the ids of their
answers stand in place of its own. \`socket\` makes a listener, a client and a socket for datagrams; which of them an
example is for stands in its text.

\`POST /v1/rpc\` takes the same operations as methods of JSON-RPC 2.0; \`rpc.discover\` describes them.

Every answer that is not 2xx is a problem document (RFC 9457); Windows Sockets errors carry \`code\` and \`name\`.
What an operation can answer stands in its text and, for programs, in \`x-winsock-errors\`; any request can be refused
as below, which \`x-winsock-errors\` of the document has. [/problems](/problems) explains every name.

${causesTable(COMMON_CAUSES)}`;

/** Of routes that are no operations. */
const OTHER_TAGS = [
  { name: 'problems', description: 'The catalog of everything that can go wrong.' },
  { name: 'daemon', description: 'The daemon itself.' },
];

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
  const json = new KeptPage('application/json; charset=utf-8', () => openApiText(app));
  const yaml = new KeptPage('application/x-yaml', () => app.swagger({ yaml: true }));
  // The plugin would write the document anew for each request.
  const keptPages: Readonly<Record<string, KeptPage>> = { '/docs/json': json, '/docs/yaml': yaml };
  await app.register(swaggerUi, {
    ...DOCS_PAGE,
    uiHooks: {
      preHandler: (request, reply, done) => {
        const page = keptPages[request.routeOptions.url ?? ''];
        if (page) page.send(reply);
        else done();
      },
    },
  });
  serveDocsFiles(app, DOCS_CSP);
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => json.send(reply));
};

/** The document as it is served and committed: with its members in a stable order. */
export const openApiText = (app: FastifyInstance): string => `${inLines(app.swagger(), LINES_TO)}\n`;

/** So deep that each operation and each component has a line; so has each item of a list. */
const LINES_TO = 3;

/**
 * JSON of which each member down to a depth has a line. A difference shows what it is about, as it would in JSON
 * that is indented throughout, which is twice as long.
 */
export const inLines = (value: unknown, depth: number): string => {
  if (depth === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[\n${value.map((one) => JSON.stringify(one)).join(',\n')}\n]`;
  const lines = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${inLines(member, depth - 1)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
};

const documentOptions = (options: OpenApiOptions): FastifyDynamicSwaggerOptions => {
  const { routes, schemas } = operationDocument(options.chapters.flatMap(({ operations }) => operations));
  const document = {
    openapi: '3.0.3',
    info: {
      title: TITLE,
      version: options.version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    // Relative: the document is the same wherever the daemon listens.
    servers: [{ url: '/' }],
    tags: [...options.chapters.map(({ name, description }) => ({ name, description })), ...OTHER_TAGS],
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
      completeDocument(made.openapiObject as unknown as MadeDocument, options.chapters);
      return made.openapiObject;
    },
  };
};
