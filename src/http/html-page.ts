/** The content security policy of pages without scripts and images. */
export const PAGE_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** Text in HTML, also in an attribute between double quotes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A whole page. @param body HTML */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)} - winsockd</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}
pre{overflow-x:auto}</style></head>
<body>${body}</body></html>
`;

/** A table with a head, in HTML; nothing if it has no rows. @param rows made by `row` */
export const table = (heads: readonly string[], rows: readonly string[]): string =>
  rows.length === 0
    ? ''
    : `<table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>\n${rows.join('\n')}</table>`;

/** A row of a table. @param cells HTML */
export const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

/** A text as code. */
export const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;

/** A link. @param to a path or URL, or the name of a section of this page */
export const link = (to: string, text: string): string =>
  `<a href="${escapeHtml(/[/:]/.test(to) ? to : `#${to}`)}">${escapeHtml(text)}</a>`;
