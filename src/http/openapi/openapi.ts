import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { Chapter, DescribedOperation } from '../../operations/operation.js';
import { CachedPage } from '../cached-page.js';
import { COMMON_CAUSES, ownCausesOf } from '../problems/causes.js';
import { causesTable, namesByStatus } from '../problems/causes-text.js';
import { SHARED_SCHEMAS } from '../schemas.js';
import { COMMON_COMPONENTS, completeDocument, type GeneratedDocument } from './complete-document.js';
import { serveDocsFiles } from './docs-files.js';
import { DOCS_CSP, DOCS_PAGE, TITLE } from './docs-page.js';
import { type OperationDocument, operationDocument, routeKey } from './operation-document.js';

export interface OpenApiOptions {
  /** The operations as the documentation shows them. */
  readonly chapters: readonly Chapter<DescribedOperation>[];
  /** The version of the daemon. */
  readonly version: string;
}

const DESCRIPTION = `Winsock calls over HTTP. Begin with \`startup\`, create a socket in the session, use it.

The examples are one conversation, in the order of this page: each succeeds after those before it, with the
ids from their answers in place of its own. \`socket\` makes a listener, a client and a datagram socket; the
text of an example names its socket.

Each operation is also a method of JSON-RPC 2.0, by its operationId, at \`/v1/rpc\` (POST, or WebSocket):
[all methods](/docs/rpc), [OpenRPC document](/openrpc.json).

A call that changes something takes the header field \`Idempotency-Key\`, 1 to 64 visible ASCII characters:
for ten minutes the same request with the same key gets the first answer again. Such a call, and one that may
wait, takes \`Winsockd-Not-Before\`: it begins at that time of day, such as \`2030-01-31T12:00:00.000Z\`, or at
\`monotonic=\` milliseconds of \`clock\` in \`GET /v1\`.

Every answer that is not 2xx is a problem document (RFC 9457); Windows Sockets errors have \`code\` and
\`name\`. An operation lists its problems in its text and, for programs, in \`x-winsock-errors\`; those of an id
in its path are at that parameter, those of any request below. \`x-winsock-codes\` has the numbers of codes,
[/problems](/problems) explains every name.

${causesTable(COMMON_CAUSES)}`;

/** The tags of routes that are not operations. */
const OTHER_TAGS = [
  { name: 'problems', description: 'The catalog of all problems.' },
  { name: 'daemon', description: 'The daemon itself.' },
];

/**
 * Makes the document of all routes that are registered later. Operations are described by their definitions,
 * other routes by the schema that they are registered with, unless that has `hide`.
 */
export const registerOpenApi = async (app: FastifyInstance, options: OpenApiOptions): Promise<void> => {
  for (const [$id, schema] of Object.entries(SHARED_SCHEMAS)) app.addSchema({ ...schema, $id });
  await app.register(swagger, documentOptions(options));
};

/** Serves /openapi.json and the pages at /docs. */
export const serveOpenApi = async (app: FastifyInstance): Promise<void> => {
  const json = new CachedPage('application/json; charset=utf-8', () => openApiText(app));
  const yaml = new CachedPage('application/x-yaml', () => app.swagger({ yaml: true }));
  // The plugin would serialize the document for each request.
  const cachedPages: Readonly<Record<string, CachedPage>> = { '/docs/json': json, '/docs/yaml': yaml };
  await app.register(swaggerUi, {
    ...DOCS_PAGE,
    uiHooks: {
      preHandler: (request, reply, done) => {
        const page = cachedPages[request.routeOptions.url ?? ''];
        if (page) page.send(reply);
        else done();
      },
    },
  });
  serveDocsFiles(app, DOCS_CSP);
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => json.send(reply));
};

/** The text of the document that is served and committed; its members have a stable order. */
export const openApiText = (app: FastifyInstance): string => `${inLines(app.swagger(), LINE_DEPTH)}\n`;

/** At this depth each operation and each component has its own line, and so has each item of a list. */
const LINE_DEPTH = 3;

/**
 * JSON with line breaks down to a depth: differences are readable, and it has half the size of indented JSON.
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
  const operations = options.chapters.flatMap((chapter) => chapter.operations);
  let described: OperationDocument | undefined;
  // When the document is made: a start takes less time without it.
  const description = (): OperationDocument => (described ??= operationDocument(operations));
  const document = {
    openapi: '3.0.3',
    info: {
      title: TITLE,
      version: options.version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    // Relative, so that the document does not depend on the address of the daemon.
    servers: [{ url: '/' }],
    tags: [...options.chapters.map(({ name, description }) => ({ name, description })), ...OTHER_TAGS],
    security: [{ bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer' } },
      schemas: {},
      ...COMMON_COMPONENTS,
    },
    'x-winsock-errors': namesByStatus(COMMON_CAUSES),
    'x-winsock-codes': codesOf(operations),
  };
  return {
    // The plugin's types do not accept plain JSON.
    openapi: document as unknown as NonNullable<FastifyDynamicSwaggerOptions['openapi']>,
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
    transform: ({ schema, url, route }) => ({
      url,
      schema: description().routes.get(routeKey(String(route.method), url)) ?? schema,
    }),
    transformObject: (made) => {
      if (!('openapiObject' in made)) return made.swaggerObject;
      // The plugin's types allow more shapes than the plugin makes.
      const generated = made.openapiObject as unknown as GeneratedDocument;
      generated.components.schemas = { ...description().schemas, ...generated.components.schemas };
      completeDocument(generated, options.chapters);
      return made.openapiObject;
    },
  };
};

/** The numbers of the codes that operations state, by their names, in the order of the numbers. */
const codesOf = (operations: readonly DescribedOperation[]): Readonly<Record<string, number>> => {
  const stated = operations
    .flatMap(ownCausesOf)
    .flatMap(({ name, code }) => (code === undefined ? [] : [[name, code] as const]));
  return Object.fromEntries(stated.sort(([, a], [, b]) => a - b));
};
