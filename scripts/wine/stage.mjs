import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hold } from './lock.mjs';
import { sh } from './sh.mjs';

/** The content of a Windows checkout besides node_modules: the files of the daemon and of its tests. */
const CONTENT = [
  ...['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'config', 'openapi', 'lessons', 'dist'],
  ...[
    'src',
    'test',
    'scripts',
    'bench',
    '.dependency-cruiser.cjs',
    'redocly.yaml',
    'Dockerfile.windows',
    '.dockerignore',
  ],
  ...['README.md', 'docs', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'],
];

/**
 * Makes an installation for Windows: the built code and the packages of win32-x64, which a checkout on Linux
 * lacks. Fast when nothing changed.
 *
 * @param {string} checkout absolute path; built already
 * @returns {Promise<string>} the folder, `.cache/wine-app` of the checkout
 */
export async function stage(checkout) {
  const app = join(checkout, '.cache', 'wine-app');
  mkdirSync(app, { recursive: true });
  const lock = await hold(join(checkout, '.cache', 'wine-app.lock'), 'exclusive');
  try {
    for (const name of CONTENT) mirror(join(checkout, name), join(app, name));
    await installPackages(checkout, app);
    return app;
  } finally {
    await lock.release();
  }
}

/** Installs again only when the lock file has changed; the stamp is written last. */
async function installPackages(checkout, app) {
  const stamp = join(app, 'node_modules', '.installed-for');
  const key = createHash('sha256')
    .update(readFileSync(join(app, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  const log = join(checkout, '.cache', 'wine-app.log');
  // Install scripts would build for Linux; the Windows binaries come as optional dependencies.
  const flags = ['--os=win32', '--cpu=x64', '--ignore-scripts', '--include=optional', '--include=dev'];
  // npm ci refuses a lock file without the optional packages of every system, and some registries lack a few
  // of these. npm install uses the locked versions too.
  await sh(log, ['npm', 'ci', ...flags], { cwd: app }).catch(() =>
    sh(log, ['npm', 'install', '--no-save', ...flags], { cwd: app }),
  );
  if (!existsSync(join(app, 'node_modules/@koromix/koffi-win32-x64'))) {
    throw new Error('npm left out @koromix/koffi-win32-x64: is an omit setting in force?');
  }
  writeFileSync(stamp, key);
}

/** Makes `to` equal to `from`, and changes only what differs, because a program may be running from it. */
function mirror(from, to) {
  const source = statSync(from, { throwIfNoEntry: false });
  const target = statSync(to, { throwIfNoEntry: false });
  if (!source) return rmSync(to, { recursive: true, force: true });
  if (source.isDirectory()) {
    mkdirSync(to, { recursive: true });
    const names = readdirSync(from);
    for (const name of new Set([...names, ...readdirSync(to)])) mirror(join(from, name), join(to, name));
    return;
  }
  if (target?.size === source.size && target.mtimeMs === source.mtimeMs) return;
  copyFileSync(from, to);
  utimesSync(to, source.atime, source.mtime);
}
