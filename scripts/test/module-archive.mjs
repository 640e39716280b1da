import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IS_MODULE = /\.(js|cjs|mjs|json)$/;

/**
 * Writes the sources of an installation's modules into one file, for processes to which opening files is
 * expensive: `.modules` has them one after the other, `.modules.json` the path and the bytes of each, in the
 * same order. They are the built code without the test files, and the packages of the daemon.
 *
 * @param {string} app the folder of the installation
 */
export function writeModuleArchive(app) {
  const { packages } = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8'));
  const ofDaemon = Object.keys(packages).filter((path) => path !== '' && !packages[path].dev);
  const paths = ['dist', ...ofDaemon]
    .flatMap((folder) => modulesIn(app, folder))
    .filter((path) => !path.endsWith('.test.js'));
  const sources = paths.map((path) => readFileSync(join(app, path)));
  writeFileSync(join(app, '.modules'), Buffer.concat(sources));
  writeFileSync(
    join(app, '.modules.json'),
    JSON.stringify(paths.map((path, index) => [path, sources[index].length])),
  );
}

/** The paths of the modules in a folder, without those of packages inside it; none without the folder. */
function modulesIn(app, folder) {
  if (!existsSync(join(app, folder))) return []; // a package for another system
  return readdirSync(join(app, folder), { recursive: true })
    .filter((name) => IS_MODULE.test(name) && !name.includes('node_modules/'))
    .map((name) => `${folder}/${name}`);
}
