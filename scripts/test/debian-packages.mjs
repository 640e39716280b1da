import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Peers that the tests talk to and tools that they look with: command -> Debian package. */
const PACKAGES = {
  python3: 'python3',
  socat: 'socat',
  openssl: 'openssl',
  curl: 'curl',
  ss: 'iproute2',
  tshark: 'tshark',
};

/**
 * Installs what is missing, where that is possible.
 *
 * @returns {string[]} the packages that are missing after that
 */
export function ensureDebianPackages() {
  const wanted = missing();
  if (wanted.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return wanted;
  process.stdout.write(`winsockd: installing Debian packages: ${wanted.join(' ')}\n`);
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...wanted];
  if (!aptGet(install)) aptGet(['update', '--quiet']) && aptGet(install);
  return missing();
}

function missing() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return Object.keys(PACKAGES)
    .filter((command) => !folders.some((folder) => existsSync(join(folder, command))))
    .map((command) => PACKAGES[command]);
}

function aptGet(args) {
  // Nothing may ask: tshark brings a question about who may capture, and the tests only read files.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}
