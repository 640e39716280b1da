/** The package as a user gets it: its files, its dependencies, its export for browsers and their bundlers. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { build as bundle } from 'vite';
import { blockIn } from '../../docs/markdown.js';
import { folder } from '../../places.js';
import { CHECKOUT } from '../../project/checkout.js';
import { run, userEnv } from '../user.js';
import { BUILT, build, CLIENT } from './build.js';

before(() => build());

const PAGE = 'not run: it is for a page, for which it is bundled';

const jsonOf = (...path: readonly string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

test('the package has the built modules with their types, README.md, LICENSE, and nothing else', async (t) => {
  const env = userEnv(folder(t));
  const packed = await run(t, ['npm', 'pack', '--dry-run', '--json', '--offline'], { cwd: BUILT, env });
  const files: string[] = JSON.parse(packed)[0].files.map(({ path }: { path: string }) => path);
  const others = files.filter((path) => !/^dist\/(?:core|node|browser)\/[\w.-]+\.(?:js|d\.ts)$/.test(path));
  assert.deepEqual(others.sort(), ['LICENSE', 'README.md', 'package.json']);
  for (const end of ['node', 'browser']) {
    assert.ok(files.includes(`dist/${end}/index.js`) && files.includes(`dist/${end}/index.d.ts`), end);
  }
});

test('its dependencies are those of the checkout, by the same versions, and its lock file has no addresses', () => {
  const { dependencies, devDependencies } = jsonOf(CLIENT, 'package.json');
  const root = jsonOf(CHECKOUT, 'package.json');
  assert.deepEqual(Object.keys(dependencies), ['ws']);
  const known = { ...root.dependencies, ...root.devDependencies };
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.equal(version, known[name], name);
  }
  const lock = jsonOf(CLIENT, 'package-lock.json');
  assert.deepEqual(lock.packages[''].dependencies, dependencies);
  assert.deepEqual(lock.packages[''].devDependencies, devDependencies);
  assert.doesNotMatch(JSON.stringify(lock), /"resolved"/);
});

test('the example for pages has its types with moduleResolution bundler, and a bundle of it needs nothing', async (t) => {
  const page = folder(t);
  mkdirSync(join(page, 'node_modules'));
  symlinkSync(BUILT, join(page, 'node_modules', 'winsockd-client'));
  // Without the name of the end: the conditions of a bundler choose that for browsers.
  const text = blockIn(readFileSync(join(CLIENT, 'README.md'), 'utf8'), PAGE);
  writeFileSync(join(page, 'page.ts'), text.replace('winsockd-client/browser', 'winsockd-client'));
  const compilerOptions = {
    target: 'es2022',
    module: 'preserve',
    moduleResolution: 'bundler',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(join(page, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['page.ts'] }));
  const tsc = join(CHECKOUT, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(t, [process.execPath, tsc, '-p', page], { cwd: page, env: userEnv(page) });

  const built = await bundle({
    root: page,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', lib: { entry: 'page.ts', formats: ['es'] } },
  });
  const [
    {
      output: [chunk],
    } = assert.fail('no bundle'),
  ] = Array.isArray(built) ? built : assert.fail('no bundle');
  assert.deepEqual(chunk.imports, []);
  assert.doesNotMatch(chunk.code, /["']node:/);
  assert.ok(chunk.code.length < 40_000, `${chunk.code.length} characters`);
});
