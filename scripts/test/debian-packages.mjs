import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The tools of the tests: a command, the path of a file, or a statement of Python -> Debian package, or what says
 * its name.
 */
const PACKAGES = {
  python3: 'python3',
  // Debian's own Python has it only in this package; others have it by themselves.
  'import ensurepip': 'python3-venv',
  // The tests of the interpreter itself, which the Python client is run through.
  'import test.test_socket': testsOfPython,
  '/usr/lib/python3/dist-packages/websockets/__init__.py': 'python3-websockets',
  socat: 'socat',
  openssl: 'openssl',
  curl: 'curl',
  ss: 'iproute2',
  cc: 'gcc',
  '/usr/include/stdio.h': 'libc6-dev',
  tshark: 'tshark',
  '/usr/bin/chromium': 'chromium',
  '/usr/share/mingw-w64/include/winsock2.h': 'mingw-w64-common',
  // The C# client: the compiler, the runtime, and the class libraries that it needs beside the first ones.
  mcs: 'mono-mcs',
  mono: 'mono-runtime',
  '/usr/lib/mono/4.5/System.Net.Http.dll': 'libmono-system-net-http4.0-cil',
  '/usr/lib/mono/4.5/System.Runtime.Serialization.dll': 'libmono-system-runtime-serialization4.0-cil',
};

/**
 * Installs the missing packages, where that is possible.
 *
 * @returns {Promise<string[]>} the packages that are still missing
 */
export async function ensureDebianPackages() {
  const wanted = missing();
  if (wanted.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return wanted;
  process.stdout.write(`winsockd: installing Debian packages: ${wanted.join(' ')}\n`);
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...wanted];
  if (!(await aptGet(install))) (await aptGet(['update', '--quiet'])) && (await aptGet(install));
  return missing();
}

function missing() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const isThere = (name) => {
    if (name.startsWith('/')) return existsSync(name);
    if (name.startsWith('import ')) return spawnSync('python3', ['-c', name]).status === 0;
    return folders.some((folder) => existsSync(join(folder, name)));
  };
  return Object.entries(PACKAGES)
    .filter(([name]) => !isThere(name))
    .map(([, named]) => (typeof named === 'string' ? named : named()));
}

/** Debian has it for each version of Python, and no name for that of the system. */
function testsOfPython() {
  const ask = ['-c', 'import sys; print(*sys.version_info[:2], sep=".")'];
  const { stdout } = spawnSync('/usr/bin/python3', ask, { encoding: 'utf8' });
  return `libpython${stdout?.trim() || '3'}-testsuite`;
}

async function aptGet(args) {
  // Without questions: tshark would ask who may capture, and the tests only read files.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const [code] = await once(spawn('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
  return code === 0;
}
