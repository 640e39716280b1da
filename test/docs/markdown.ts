import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout; the tests run from dist/test/docs. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A document of the checkout, for example `docs/faults.md`. */
export const readDocument = (name: string): string => readFileSync(`${ROOT}${name}`, 'utf8');

/** The documents for users, README.md first: paths from the root of the checkout. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/**
 * The page with a marker, for example `run: curl`.
 *
 * @throws Error unless exactly one page has it
 */
export const pageWith = (marker: string): string => {
  const [page, ...others] = PAGES.filter((name) => readDocument(name).includes(`<!-- ${marker} -->\n`));
  if (page === undefined || others.length > 0) throw new Error(`not exactly one page has "${marker}"`);
  return page;
};

/** A fenced block, and the language after its fence. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/**
 * The fenced block directly below the comment `<!-- MARKER -->`, on any page.
 *
 * @param marker for example `run: curl`
 * @throws Error unless there is exactly one
 */
export const blockOf = (marker: string): Block => blockIn(readDocument(pageWith(marker)), marker);

/** As blockOf, in one document. */
export const blockIn = (markdown: string, marker: string): Block => {
  const found = markdown.split(`<!-- ${marker} -->\n`);
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

/** The text of a marked table, with its header; empty if no table follows the marker. */
export const tableOf = (markdown: string, name: string): string => {
  const { from, to } = place(markdown, name);
  return markdown.slice(from, to);
};

/** The document with the table at the marker replaced. */
export const withTable = (markdown: string, name: string, table: string): string => {
  const { from, to } = place(markdown, name);
  return markdown.slice(0, from) + table + markdown.slice(to);
};

/** The marked table, on any page. */
export const markedTable = (name: string): string => tableOf(readDocument(pageWith(`table: ${name}`)), name);

/** The cells of a table's rows, without its header and the line below. */
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

/** The anchors of a document's headings, as common renderers make them. */
export const anchorsOf = (markdown: string): ReadonlySet<string> =>
  new Set(
    [...withoutFences(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** The targets of all links of a document, without those in fenced blocks. */
export const linksOf = (markdown: string): readonly string[] =>
  [...withoutFences(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/**
 * The code spans that name files or folders of the checkout, for example `src/operations/list.ts` or
 * `config/`.
 */
export const pathsOf = (markdown: string): readonly string[] =>
  [...withoutFences(markdown).matchAll(/`((?:src|test|scripts|config|openapi|docs)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );

const withoutFences = (markdown: string): string => markdown.replace(/^```.*?^```$/gms, '');
