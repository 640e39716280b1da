/**
 * Loaded with --import by a test under Wine: finds modules without looking at files, and loads them without
 * opening files.
 *
 * Node looks at several files for every import, and each look takes Wine milliseconds: seven seconds of a
 * test that starts a daemon. So every process keeps what Node found for the packages, beside the packages,
 * and later processes read it. A relative import of this project's own code names its file already. The
 * sources come out of the archive of module-archive.mjs: another two seconds.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const app = pathToFileURL('./').href;
const packages = `${app}node_modules/`;
// For these packages only: the stamp changes when others are installed.
const installed = readFileSync(new URL('.installed-for', packages), 'utf8').slice(0, 16);
const folder = new URL(`.found-modules/${installed}/`, packages);

const archive = readFileSync('.modules');
const sources = new Map();
let end = 0;
for (const [path, bytes] of JSON.parse(readFileSync('.modules.json', 'utf8'))) {
  const start = end;
  end += bytes;
  sources.set(app + path, archive.subarray(start, end));
}

const known = new Map();
const found = new Map();

mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) {
  if (!name.endsWith('.json')) continue;
  for (const [key, module] of JSON.parse(readFileSync(new URL(name, folder), 'utf8'))) known.set(key, module);
}

registerHooks({
  load(url, context, next) {
    const source = context.format && sources.get(url);
    return source
      ? { source: source.toString(), format: context.format, shortCircuit: true }
      : next(url, context);
  },
  resolve(specifier, context, next) {
    const { parentURL = '', conditions } = context;
    if (!parentURL.startsWith(app) || specifier.startsWith('node:')) return next(specifier, context);
    const isOfPackage = parentURL.startsWith(packages);
    if (!isOfPackage && /^\.\.?\/.*\.js$/.test(specifier))
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
    const key = [
      isOfPackage ? parentURL.slice(app.length) : '',
      specifier,
      conditions.includes('import'),
    ].join(' ');
    const module = known.get(key);
    if (module) return { url: app + module.path, format: module.format, shortCircuit: true };
    const resolved = next(specifier, context);
    if (resolved.url.startsWith(packages))
      found.set(key, { path: resolved.url.slice(app.length), format: resolved.format });
    return resolved;
  },
});

process.on('exit', () => {
  if (found.size === 0) return;
  const name = `${Date.now()}-${process.pid}`;
  writeFileSync(new URL(name, folder), JSON.stringify([...found]));
  renameSync(new URL(name, folder), new URL(`${name}.json`, folder));
});
