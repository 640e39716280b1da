import { readdirSync, readFileSync } from 'node:fs';
import { CHECKOUT } from '../project/checkout.js';

/** A document of the checkout, for example `docs/faults.md`. */
export const readDocument = (name: string): string => readFileSync(`${CHECKOUT}${name}`, 'utf8');

/** The documents for users, README.md first: paths from the root of the checkout. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(`${CHECKOUT}docs`)
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

/**
 * The text of the fenced block directly below the comment `<!-- MARKER -->`, on any page.
 *
 * @param marker for example `run: curl`
 * @throws Error unless there is exactly one
 */
export const blockOf = (marker: string): string => blockIn(readDocument(pageWith(marker)), marker);

/** As blockOf, in one document. */
export const blockIn = (markdown: string, marker: string): string => {
  const found = markdown.split(`<!-- ${marker} -->\n`);
  const match = /^```\w*\n(.*?)^```$/ms.exec(found[1] ?? '');
  if (found.length !== 2 || match?.index !== 0) throw new Error(`no single block is marked "${marker}"`);
  return match[1] ?? '';
};

/**
 * The names of the examples that a document marks as run, in its order.
 *
 * @param languages those of programs: each of their blocks must have a mark, `run: NAME` or `not run: REASON`
 * @throws Error for a block without one
 */
export const examplesIn = (markdown: string, ...languages: readonly string[]): readonly string[] => {
  const programs = new RegExp(`^(.*)\\n\`\`\`(?:${languages.join('|')})$`, 'gm');
  return [...markdown.matchAll(programs)].flatMap(([, above = '']) => {
    const [, how, name = ''] = /^<!-- (run|not run): (.+) -->$/.exec(above) ?? [];
    if (how === undefined) throw new Error(`an example is not marked: ${above}`);
    return how === 'run' ? [name] : [];
  });
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
  [...withoutFences(markdown).matchAll(/`([\w-]+)\/([\w./-]*)`/g)].flatMap(([, folder = '', rest]) =>
    FOLDERS.includes(folder) ? [`${folder}/${rest}`] : [],
  );

const FOLDERS = ['src', 'test', 'scripts', 'config', 'openapi', 'docs', 'clients', 'lessons', 'bench'];

const withoutFences = (markdown: string): string => markdown.replace(/^```.*?^```$/gms, '');
