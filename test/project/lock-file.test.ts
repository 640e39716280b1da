import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { copyOfCheckout, removeFolder, runScript } from './checkout.js';

/** The result of the check after one change of a file of the checkout. */
const checkAfter = (t: TestContext, file: string, change: (text: string) => string) => {
  const folder = copyOfCheckout(['package.json', 'package-lock.json']);
  t.after(() => removeFolder(folder));
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  assert.notEqual(changed, text, 'the change changed something');
  writeFileSync(path, changed);
  return runScript('lint/lock-file.mjs', folder);
};

describe('the check of the lock file', () => {
  it('finds the committed files in order', () => {
    const { status, output } = runScript('lint/lock-file.mjs');
    assert.equal(status, 0, output);
  });

  it('finds a download address', (t) => {
    const { status, output } = checkAfter(t, 'package-lock.json', (text) =>
      text.replace('"integrity"', '"resolved": "https://example.org/a.tgz",\n      "integrity"'),
    );
    assert.equal(status, 1, output);
    assert.match(output, /^lock-file-addresses: /m);
  });

  it('finds a missing package of another system', (t) => {
    const { status, output } = checkAfter(t, 'package-lock.json', (text) =>
      text.replace('"node_modules/@biomejs/cli-win32-x64"', '"node_modules/@biomejs/cli-renamed"'),
    );
    assert.equal(status, 1, output);
    assert.match(output, /^lock-file-whole: @biomejs\/cli-win32-x64 /m);
  });

  it('finds a range as the version of koffi', (t) => {
    const { status, output } = checkAfter(t, 'package.json', (text) =>
      text.replace('"koffi": "', '"koffi": "^'),
    );
    assert.equal(status, 1, output);
    assert.match(output, /^koffi-pinned: /m);
  });
});
