import type { FastifyInstance } from 'fastify';
import { CachedPage } from '../cached-page.js';
import { PAGE_CSP } from '../html-page.js';
import { rpcDocsPage } from './rpc-docs-page.js';

/**
 * Serves the OpenRPC document at /openrpc.json, and as a page at /docs/rpc.
 *
 * @param openRpc makes the text of the document
 */
export const serveOpenRpc = (app: FastifyInstance, openRpc: () => string): void => {
  const json = new CachedPage('application/json; charset=utf-8', () => `${openRpc()}\n`);
  const html = new CachedPage('text/html; charset=utf-8', () => rpcDocsPage(openRpc()));
  app.get('/openrpc.json', { schema: { hide: true } }, (_request, reply) => json.send(reply));
  app.get('/docs/rpc', { schema: { hide: true } }, (_request, reply) =>
    html.send(reply.header('content-security-policy', PAGE_CSP)),
  );
};
