import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runNode, scriptOf } from './tool.mjs';

const SOURCES = ['src', 'test'];

/**
 * Compiles src/ and test/ to dist/ when a source is newer than the last successful build or an output is
 * missing. Outputs of removed sources are removed, since their tests would still run.
 *
 * @param {string} checkout
 */
export async function ensureBuild(checkout) {
  const dist = join(checkout, 'dist');
  const stamp = join(dist, '.built');
  const sources = SOURCES.flatMap((name) => filesIn(join(checkout, name)));
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

const isCompiled = (path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
const outputOf = (path) => path.replace(/\.tsx?$/, '.js');
const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newest = (paths) => paths.reduce((time, path) => Math.max(time, timeOf(path)), 0);

/** @returns {string[]} the paths of all files below the folder, including its own path */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
