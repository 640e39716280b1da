import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { AnyOperation, Chapter } from '../../operations/operation.js';
import { SHARED_SCHEMAS } from '../schemas.js';
import { asConversation, type Paths } from './conversation.js';
import { DOCS_PAGE, TITLE } from './docs-page.js';
import { addHeaders, type DocumentPaths, HEADER_COMPONENTS } from './document-headers.js';
import { operationDocument } from './operation-document.js';

export interface OpenApiOptions {
  /** The operations as the documentation shows them. */
  readonly chapters: readonly Chapter[];
  readonly operations: readonly AnyOperation[];
  /** The version of the daemon. */
  readonly version: string;
}

const DESCRIPTION = `Winsock calls over HTTP. Begin with \`startup\`, create a socket in the session, drive it.

The examples are one conversation, in the order of this page: each succeeds after those before it, once the ids of their
answers stand in place of its own. \`socket\` makes a listener, a client and a socket for datagrams; which of them an
example is for stands in its text.

Every answer that is not 2xx is a problem document (RFC 9457); Windows Sockets errors carry \`code\` and \`name\`.`;

/** Of routes that are no operations. */
const OTHER_TAGS = [
  { name: 'problems', description: 'The catalog of everything that can go wrong.' },
  { name: 'daemon', description: 'The daemon itself.' },
];

/**
 * Serves /openapi.json and the pages at /docs. Operations are described from their definitions; other routes
 * from the schema that they are registered with, unless it says `hide`.
 */
export const registerOpenApi = async (app: FastifyInstance, options: OpenApiOptions): Promise<void> => {
  for (const [$id, schema] of Object.entries(SHARED_SCHEMAS)) app.addSchema({ ...schema, $id });
  await app.register(swagger, documentOptions(options));
  await app.register(swaggerUi, DOCS_PAGE);
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  // Made once: whoever leaves its answers unread keeps no copy of his own.
  let document: Buffer | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    document ??= Buffer.from(openApiText(app));
    return reply.header('content-type', 'application/json; charset=utf-8').send(document);
  });
};

/** The document as it is served and committed: with its members in a stable order. */
export const openApiText = (app: FastifyInstance): string => `${JSON.stringify(app.swagger(), null, 2)}\n`;

const documentOptions = (options: OpenApiOptions): FastifyDynamicSwaggerOptions => ({
  openapi: {
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
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  },
  refResolver: { buildLocalReference: ({ $id }) => String($id) },
  transformObject: (document) => {
    if (!('openapiObject' in document)) return document.swaggerObject;
    const operations = operationDocument(options.operations);
    const { openapiObject } = document;
    // The plugin's paths are plain JSON as well.
    const paths = { ...openapiObject.paths, ...operations.paths } as DocumentPaths & Paths;
    addHeaders(paths);
    const schemas = { ...openapiObject.components?.schemas, ...operations.schemas };
    const merged = {
      ...openapiObject,
      components: { ...openapiObject.components, headers: HEADER_COMPONENTS, schemas: sorted(schemas) },
      paths: asConversation(paths, options.chapters),
    };
    // Built here as plain JSON; the tests check it against the rules and the linter against the standard.
    return merged as unknown as typeof openapiObject;
  },
});

const sorted = (members: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
