import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout, seen from the built tests. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A document of the checkout, for example `docs/faults.md`. */
export const readDocument = (name: string): string => readFileSync(`${ROOT}${name}`, 'utf8');

/** The documents that users read, README first: names from the root of the checkout. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/**
 * The page that has a marker, for example `run: curl`.
 *
 * @throws Error when not exactly one has it
 */
export const pageWith = (marker: string): string => {
  const [page, ...others] = PAGES.filter((name) => readDocument(name).includes(`<!-- ${marker} -->\n`));
  if (page === undefined || others.length > 0) throw new Error(`not exactly one page has "${marker}"`);
  return page;
};

/** A fenced block, and the language behind its fence. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/**
 * The fenced block directly below the comment `<!-- MARKER -->`, on whichever page that is.
 *
 * @param marker for example `run: curl`
 * @throws Error when there is not exactly one
 */
export const blockOf = (marker: string): Block => {
  const found = readDocument(pageWith(marker)).split(`<!-- ${marker} -->\n`);
  const match = /^```(\w*)\n(.*?)^```$/ms.exec(found[1] ?? '');
  if (found.length !== 2 || match?.index !== 0) throw new Error(`no single block is marked "${marker}"`);
  return { language: match[1] ?? '', text: match[2] ?? '' };
};

/** The part of a document between `<!-- table: NAME -->` and the next empty line after the table. */
const place = (markdown: string, name: string): { readonly from: number; readonly to: number } => {
  const marker = `<!-- table: ${name} -->\n`;
  const at = markdown.indexOf(marker);
  if (at < 0) throw new Error(`there is no "${marker.trim()}"`);
  const from = at + marker.length;
  const table = /^(?:\|.*\n)*/.exec(markdown.slice(from));
  return { from, to: from + (table?.[0].length ?? 0) };
};

/** The text of a marked table, header included; empty where nothing follows the marker. */
export const tableOf = (markdown: string, name: string): string => {
  const { from, to } = place(markdown, name);
  return markdown.slice(from, to);
};

/** The document with another table at the marker. */
export const withTable = (markdown: string, name: string, table: string): string => {
  const { from, to } = place(markdown, name);
  return markdown.slice(0, from) + table + markdown.slice(to);
};

/** The marked table, on whichever page it is. */
export const markedTable = (name: string): string => tableOf(readDocument(pageWith(`table: ${name}`)), name);

/** The cells of a table's rows, without header and rule. */
export const rowsOf = (table: string): readonly (readonly string[])[] =>
  table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split(' |')
        .map((cell) => cell.trim()),
    );

/** The anchors that a document's headings have, as the usual renderers make them. */
export const anchorsOf = (markdown: string): ReadonlySet<string> =>
  new Set(
    [...withoutFences(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** The targets of all links of a document, fenced blocks left out. */
export const linksOf = (markdown: string): readonly string[] =>
  [...withoutFences(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** Code spans that name a file or folder of the checkout, for example `src/operations/list.ts` or `config/`. */
export const pathsOf = (markdown: string): readonly string[] =>
  [...withoutFences(markdown).matchAll(/`((?:src|test|scripts|config|openapi|docs)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );

const withoutFences = (markdown: string): string => markdown.replace(/^```.*?^```$/gms, '');
