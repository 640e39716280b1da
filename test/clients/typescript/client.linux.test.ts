/**
 * The package's own tests, and the examples of its README.md, against a daemon of their user. The tests run in this
 * process, so that each of them has its line.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { examplesIn } from '../../docs/markdown.js';
import { newFolder, removeFolder } from '../../places.js';
import { PRINTED as PRINTED_BY_ALL } from '../conversation.js';
import { run, startDaemon, userEnv } from '../user.js';
import { BUILT, build, CLIENT, CONVERSATION, fileOf } from './build.js';

/** What the examples of README.md print. */
const PRINTED: Readonly<Record<string, string>> = {
  'typescript client': '10058 WSAESHUTDOWN\nreply\n',
  'typescript errors': '10061 WSAECONNREFUSED connect\ndestination-denied\n',
  'typescript time-outs': 'WSAETIMEDOUT\nTimeoutError\n',
  'typescript sockets': 'hello true\nbound\n',
  'typescript sessions': '1.1 fresh\ntrue\n',
  'typescript http': 'you asked for /page\n1\n',
  'typescript faults': "WSAENETDOWN 1\n[ 'ok', 'failed' ]\ntrue false\n",
  'typescript events': 'socket\nbind\nlisten\nclose\n',
  'typescript batch': 'completed expected WSAESHUTDOWN\n',
};

/** Runs examples one after another. It ends only if none of them keeps it alive. */
const EXAMPLES = `for (const file of process.argv.slice(1)) {
  await import(file);
  console.log('\\f');
}`;

await build();
const home = newFolder();
after(() => removeFolder(home));
const env = userEnv(home);
/** Limits that tests meet: a short wait, and more calls than a daemon has by default. */
const LIMITS = { WINSOCKD_LIMITS_WAIT_SECONDS: '1', WINSOCKD_LIMITS_CALLS_PER_OWNER: '1100' };
const url = await startDaemon({ after }, { ...env, ...LIMITS });
Object.assign(process.env, { ...env, WINSOCKD_URL: url });

const compiled = join(BUILT, '.cache', 'test');
for (const name of readdirSync(compiled).filter((one) => one.endsWith('.test.js'))) {
  await import(pathToFileURL(join(compiled, name)).href);
}

describe('the examples of README.md, and the program of docs/clients.md', () => {
  const expected = { ...PRINTED, [CONVERSATION]: PRINTED_BY_ALL };
  const names = Object.keys(expected);
  const outputs = new Map<string, string>();
  before(async () => {
    const folder = pathToFileURL(join(BUILT, '.cache', 'examples'));
    const files = names.map((name) => `${folder}/${fileOf(name).replace(/ts$/, 'js')}`);
    const argv = [process.execPath, '--input-type=module', '-e', EXAMPLES, ...files];
    const printed = await run({ after }, argv, { cwd: home, env: { ...env, WINSOCKD_URL: url } });
    names.forEach((name, place) => {
      outputs.set(name, printed.split('\f\n')[place] ?? '');
    });
  });

  for (const [name, printed] of Object.entries(expected)) {
    test(name, () => assert.equal(outputs.get(name), printed));
  }

  test('every example is marked, and those that are to run do', () => {
    const readme = readFileSync(join(CLIENT, 'README.md'), 'utf8');
    assert.deepEqual(examplesIn(readme, 'ts'), Object.keys(PRINTED));
  });
});
