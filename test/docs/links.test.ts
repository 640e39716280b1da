/** The targets of links, paths and script names in the documents exist. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../project/checkout.js';
import { anchorsOf, linksOf, PAGES, pathsOf, readDocument } from './markdown.js';

const CLIENTS = ['csharp', 'go', 'python', 'typescript'].map((language) => `clients/${language}/README.md`);

for (const name of [...PAGES, ...CLIENTS, 'CONTRIBUTING.md', 'SECURITY.md']) {
  const markdown = readDocument(name);

  test(`${name}: every relative link leads to a file, and every anchor to a heading`, () => {
    const lost = linksOf(markdown).filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? name : join(dirname(name), path);
      if (!existsSync(`${CHECKOUT}${to}`)) return true;
      return anchor !== undefined && !anchorsOf(readDocument(to)).has(anchor);
    });
    assert.deepEqual(lost, []);
  });

  test(`${name}: every file and folder that it names exists`, () => {
    assert.deepEqual(
      pathsOf(markdown).filter((path) => !existsSync(`${CHECKOUT}${path}`)),
      [],
    );
  });

  test(`${name}: every npm script that it names exists`, () => {
    const { scripts } = JSON.parse(readFileSync(`${CHECKOUT}package.json`, 'utf8'));
    const named = [...markdown.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)];
    assert.deepEqual(
      named.map(([, run, short]) => run ?? short).filter((script) => !(String(script) in scripts)),
      [],
    );
  });
}

test('README.md has a link to every page', () => {
  const linked = new Set(linksOf(readDocument('README.md')));
  assert.deepEqual(
    PAGES.slice(1).filter((page) => !linked.has(page)),
    [],
  );
});
