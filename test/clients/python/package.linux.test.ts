/** The package as a user gets it: its files, the example of its README.md, its types, the Python that it needs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { blockIn, examplesIn } from '../../docs/markdown.js';
import { folder } from '../../places.js';
import { CHECKOUT } from '../../project/checkout.js';
import type { PythonEnvironment } from '../../python-environment.js';
import { canRun } from '../../remote/requirements.js';
import { run, startDaemon } from '../user.js';
import { CLIENT, environment, userEnv } from './client.js';

const README = readFileSync(join(CLIENT, 'README.md'), 'utf8');

/** What the examples of README.md print. */
const PRINTED: Readonly<Record<string, string>> = {
  'python client': "10058 WSAESHUTDOWN\nb'reply'\n",
  'python errors': 'True 10061 WSAECONNREFUSED\nconnect\ndestination-denied\n',
  'python time-outs': 'timed out WSAETIMEDOUT\n',
  'python sessions': '1.1 fresh\nTrue\n',
  'python drop-in': "b'hello'\n",
  'python patch': '200\n1 1\n',
  'python faults': "WSAENETDOWN 1\n['ok', 'failed']\nTrue False\n",
  'python batch': 'completed expected WSAESHUTDOWN\n',
  'python asyncio': "b'HELLO\\n'\n",
};

let made: PythonEnvironment = { against: 'before' };
before(async () => {
  made = await environment();
});

/** The programs of the environment; undefined if the test is skipped. */
const programs = (t: TestContext): ((name: string) => string) | undefined => {
  if ('against' in made) return void canRun(t, made.against);
  const { bin } = made;
  return (name) => join(bin, name);
};

/** The paths of all files below a folder, without those that Python compiles. */
const filesOf = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

test('the package: sdist and wheel have all modules, and the wheel runs without another package', async (t) => {
  const program = programs(t);
  if (program === undefined) return;
  const home = folder(t);
  const env = userEnv(home);
  const python = program('python');
  await run(t, [python, '-m', 'build', '--no-isolation', '--outdir', home, CLIENT], { cwd: home, env });
  const [wheel = '', sdist = '', ...others] = readdirSync(home)
    .filter((name) => name.startsWith('winsockd-'))
    .sort((a, b) => Number(b.endsWith('.whl')) - Number(a.endsWith('.whl')));
  assert.match(wheel, /^winsockd-[\d.]+-py3-none-any\.whl$/);
  assert.match(sdist, /^winsockd-[\d.]+\.tar\.gz$/);
  assert.deepEqual(others, []);

  await t.test('the wheel has the modules, the marker of types, the licence, and nothing else', async (t) => {
    const unpacked = join(home, 'unpacked');
    await run(t, [python, '-m', 'zipfile', '-e', join(home, wheel), unpacked], { cwd: home, env });
    const files = filesOf(unpacked);
    const modules = filesOf(join(CLIENT, 'src'));
    assert.ok(modules.includes('winsockd/py.typed') && modules.includes('winsockd/wire/rpc.py'));
    const about = wheel.replace(/-py3.*/, '.dist-info');
    assert.deepEqual(
      files.filter((name) => !name.startsWith(`${about}/`)),
      modules,
    );
    assert.ok(files.includes(`${about}/licenses/LICENSE`), files.join(' '));
    const metadata = readFileSync(join(unpacked, about, 'METADATA'), 'utf8');
    assert.match(metadata, /^Requires-Python: >=3\.9$/m);
    assert.deepEqual(
      metadata.split('\n').filter((line) => line.startsWith('Requires-Dist:') && !line.includes('extra ==')),
      [],
    );
  });

  await t.test('the sdist has the sources', async (t) => {
    const listed = await run(t, ['tar', '-tzf', join(home, sdist)], { cwd: home, env });
    const top = sdist.replace('.tar.gz', '');
    const sources = filesOf(join(CLIENT, 'src')).map((name) => `${top}/src/${name}`);
    const names = new Set(listed.split('\n'));
    assert.deepEqual(
      [...sources, `${top}/LICENSE`, `${top}/pyproject.toml`].filter((name) => !names.has(name)),
      [],
    );
  });

  await t.test('a fresh environment with nothing but the wheel', async (t) => {
    const fresh = join(home, 'fresh');
    const own = join(fresh, 'bin', 'python');
    await run(t, [python, '-m', 'venv', '--without-pip', fresh], { cwd: home, env });
    const install = ['install', '--quiet', '--no-index', '--no-deps', join(home, wheel)];
    await run(t, [python, '-m', 'pip', '--python', own, ...install], { cwd: home, env });

    await t.test('the package is imported without a warning', async (t) => {
      const where = 'import winsockd; print(winsockd.__file__, winsockd.__version__)';
      const printed = await run(t, [own, '-W', 'error', '-c', where], { cwd: home, env });
      assert.ok(printed.startsWith(fresh), printed);
      assert.ok(printed.endsWith(` ${wheel.split('-')[1]}\n`), printed);
    });

    const url = await startDaemon(t, env);
    for (const [name, printed] of Object.entries(PRINTED)) {
      await t.test(`the example of README.md runs: ${name}`, async (t) => {
        const input = blockIn(README, `run: ${name}`);
        const options = { cwd: home, env: { ...env, WINSOCKD_URL: url }, input };
        assert.equal(await run(t, [own, '-W', 'error', '-'], options), printed);
      });
    }
  });
});

test('every example of a program in README.md is marked, and those that are to run do', () => {
  assert.deepEqual(examplesIn(README, 'bash', 'python', 'powershell'), Object.keys(PRINTED));
});

test('the sources are in order for ruff, and in its format', async (t) => {
  const program = programs(t);
  if (program === undefined) return;
  const env = userEnv(folder(t));
  const of = ['--no-cache', 'src', 'tests'];
  await run(t, [program('ruff'), 'check', ...of], { cwd: CLIENT, env });
  await run(t, [program('ruff'), 'format', '--check', ...of], { cwd: CLIENT, env });
});

test('the types are complete and right for mypy --strict', async (t) => {
  const program = programs(t);
  if (program === undefined) return;
  const cache = join(CHECKOUT, '.cache', 'mypy');
  const env = userEnv(folder(t));
  await run(t, [program('mypy'), '--strict', '--cache-dir', cache], { cwd: CLIENT, env });
});

test('no module needs more than Python 3.9', async (t) => {
  const program = programs(t);
  if (program === undefined) return;
  const vermin = [program('vermin'), '-t=3.9-', '--no-tips', '--violations', 'src'];
  await run(t, vermin, { cwd: CLIENT, env: userEnv(folder(t)) });
});
