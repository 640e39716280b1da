import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { filesIn, newest, timeOf } from './files.mjs';
import { runNode, scriptOf } from './tool.mjs';

const SOURCES = ['src', 'test'];

/** Of the console only the model is compiled here, for its tests; vite builds the page. */
const BUILT_BY_VITE = join('src', 'console', 'page') + sep;

/**
 * Compiles src/ and test/ to dist/ when a source is newer than the last successful build or an output is
 * missing. Outputs of removed sources are removed, since their tests would still run.
 *
 * @param {string} checkout
 */
export async function ensureBuild(checkout) {
  const dist = join(checkout, 'dist');
  const stamp = join(dist, '.built');
  const sources = SOURCES.flatMap((name) => filesIn(join(checkout, name))).filter(
    (path) => !relative(checkout, path).startsWith(BUILT_BY_VITE),
  );
  removeOrphans(checkout, sources);
  const outputs = sources.filter(isCompiled).map((path) => join(dist, outputOf(relative(checkout, path))));
  const inputs = [...sources, join(checkout, 'tsconfig.json'), join(checkout, 'node_modules/.winsockd-lock')];
  const isWhole = outputs.every((path) => existsSync(path));
  if (isWhole && newest(inputs) <= timeOf(stamp)) return;
  process.stdout.write('winsockd: building (tsc)\n');
  // Incremental tsc does not write outputs that it expects to exist.
  if (!isWhole) rmSync(join(dist, '.tsbuildinfo'), { force: true });
  const began = new Date();
  const code = await runNode([scriptOf(checkout, 'typescript', 'tsc'), '-p', 'tsconfig.json'], {
    cwd: checkout,
  });
  if (code !== 0) throw new Error(`the build failed (tsc ended with ${code})`);
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began); // so that a source saved meanwhile is newer
}

function removeOrphans(checkout, sources) {
  const dist = join(checkout, 'dist');
  const expected = new Set(sources.filter(isCompiled).map((path) => outputOf(relative(checkout, path))));
  for (const path of SOURCES.flatMap((name) => filesIn(join(dist, name)))) {
    const script = relative(dist, path).replace(/\.map$/, '');
    if (/\.js$/.test(script) && !expected.has(script)) rmSync(path);
  }
}

const isCompiled = (path) => /\.ts$/.test(path) && !/\.d\.ts$|vite\.config\.ts$/.test(path);
const outputOf = (path) => path.replace(/\.ts$/, '.js');
