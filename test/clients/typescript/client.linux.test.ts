/**
 * The package's own tests, and the examples of its README.md, against a daemon of their user. The tests run in this
 * process, so that each of them has its line.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { newFolder, removeFolder } from '../../places.js';
import { run, startDaemon, userEnv } from '../user.js';
import { BUILT, build, examples, fileOf } from './build.js';

/** What the examples of README.md print. */
const PRINTED: Readonly<Record<string, string>> = {};

await build();
const home = newFolder();
after(() => removeFolder(home));
const env = userEnv(home);
const url = await startDaemon({ after }, env);
Object.assign(process.env, { ...env, WINSOCKD_URL: url });

const compiled = join(BUILT, '.cache', 'test');
for (const name of readdirSync(compiled).filter((one) => one.endsWith('.test.js'))) {
  await import(pathToFileURL(join(compiled, name)).href);
}

describe('the examples of README.md', () => {
  for (const [name, printed] of Object.entries(PRINTED)) {
    test(name, async (t) => {
      const file = join(BUILT, '.cache', 'examples', fileOf(name).replace(/ts$/, 'js'));
      const options = { cwd: home, env: { ...env, WINSOCKD_URL: url } };
      assert.equal(await run(t, [process.execPath, file], options), printed);
    });
  }

  test('all that are marked are run', () => {
    assert.deepEqual(
      examples().map(({ name }) => name),
      Object.keys(PRINTED),
    );
  });
});
