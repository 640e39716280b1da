import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';

/** The title of the document, of the page and of its window. */
export const TITLE = 'winsockd';

/** Two circles joined by a line: the two ends of a connection. */
const ICON = [
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">',
  '<rect width="16" height="16" rx="3" fill="#1b4965"/>\n',
  '<g fill="none" stroke="#fff" stroke-width="1.5">',
  '<circle cx="4" cy="8" r="2"/><circle cx="12" cy="8" r="2"/><path d="M6 8h4"/></g></svg>',
].join('');

/**
 * The content security policy of the page and its files: scripts, styles and requests of its own origin. The
 * page's script library sets styles on elements, which only 'unsafe-inline' allows.
 */
export const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page at /docs. Its filter box finds chapters and paths. */
export const DOCS_PAGE: FastifySwaggerUiOptions = {
  routePrefix: '/docs',
  staticCSP: DOCS_CSP,
  uiConfig: {
    // Without the top bar, which has a logo and a box for the address of another document.
    layout: 'BaseLayout',
    filter: true,
    deepLinking: true,
    docExpansion: 'list',
    persistAuthorization: false,
    validatorUrl: null,
  },
  theme: {
    title: TITLE,
    favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: ICON }],
  },
  // Not visible without the top bar, but it keeps the plugin's logo out of the page.
  logo: { type: 'image/svg+xml', content: Buffer.from(ICON) },
};
