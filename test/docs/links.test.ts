/** What README.md and CONTRIBUTING.md point to is there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { anchorsOf, linksOf, pathsOf, ROOT, readDocument } from './markdown.js';

for (const name of ['README.md', 'CONTRIBUTING.md']) {
  const markdown = readDocument(name);

  test(`${name}: every relative link leads to a file, and every anchor to a heading`, () => {
    const lost = linksOf(markdown).filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      if (!existsSync(`${ROOT}${path}`)) return true;
      const document = path === '' ? markdown : readDocument(path);
      return anchor !== undefined && !anchorsOf(document).has(anchor);
    });
    assert.deepEqual(lost, []);
  });

  test(`${name}: every file and folder that it names exists`, () => {
    assert.deepEqual(
      pathsOf(markdown).filter((path) => !existsSync(`${ROOT}${path}`)),
      [],
    );
  });

  test(`${name}: every npm script that it names exists`, () => {
    const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    const named = [...markdown.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)];
    assert.deepEqual(
      named.map(([, run, short]) => run ?? short).filter((script) => !(String(script) in scripts)),
      [],
    );
  });
}
