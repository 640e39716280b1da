import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { copyOfCheckout, removeFolder, runScript } from './checkout.js';

/** Lines with a word of HTTP, and the files in which they are planted. */
const VIOLATIONS: readonly { readonly path: string; readonly word: string; readonly line: string }[] = [
  { path: 'src/winsock/a.ts', word: 'httpStatus', line: 'export const row = { httpStatus: 409 };' },
  { path: 'src/providers/lab/a.ts', word: 'statusCode', line: 'export const statusCode = 200;' },
  { path: 'src/daemon/ids/a.ts', word: 'content-type', line: "export const name = 'content-type';" },
  { path: 'src/daemon/a.ts', word: 'Retry-After', line: '/** Sent as Retry-After. */' },
  { path: 'src/operations/a.ts', word: '/v1', line: "export const path = '/v1/sockets';" },
  { path: 'src/operations/b.ts', word: '/v1', line: '/** Path below /v1. */' },
];

/** Lines that only look similar. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/winsock/c.ts': '// https://github.com/libuv/libuv/blob/v1.x/src/win/poll.c',
  'src/http/c.ts': "export const header = 'retry-after';",
};

describe('the check for words of HTTP', () => {
  it('finds the sources in order', () => {
    const { status, output } = runScript('lint/http-words.mjs');
    assert.equal(status, 0, output);
  });

  it('reports each of them outside the edge, and nothing else', (t) => {
    const folder = copyOfCheckout(['src']);
    t.after(() => removeFolder(folder));
    for (const { path, line } of VIOLATIONS) writeFileSync(join(folder, path), `\n${line}\n`);
    for (const [path, line] of Object.entries(ALLOWED)) writeFileSync(join(folder, path), line);
    const { status, output } = runScript('lint/http-words.mjs', folder);
    assert.equal(status, 1, output);
    assert.deepEqual(
      output
        .split('\n')
        .filter((line) => line.startsWith('http-words: '))
        .sort(),
      VIOLATIONS.map(({ path, word }) => `http-words: ${path}:2 says ${word}`).sort(),
    );
  });
});
