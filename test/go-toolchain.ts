import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './project/checkout.js';
import { Program } from './remote/program.js';
import { missing } from './remote/requirements.js';

/** The Go that CI takes where the machine has none, and the digest of its archive for linux-amd64. */
const VERSION = '1.26.8';
const SHA256 = '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7';

/** The archives of the Go project, where `go` itself looks for toolchains. */
const PROXY = 'https://proxy.golang.org';

/** For the download and for all that waits for it. */
const LIMIT_SECONDS = 300;

/** All that Go keeps: the toolchain, modules, compiled packages. */
export const GO_CACHE = join(CHECKOUT, '.cache', 'go');

/** The root of a Go installation, or why there is none. */
export type GoToolchain = { readonly root: string } | { readonly against: string };

/**
 * The arguments are the folder, the URL and the digest. The stamp `whole` is written last: a folder without it was
 * left half-made, and is made anew. The archive of a module has no executable files, so that `go` marks them, too.
 */
const FETCH = `set -e
test -e "$0/whole" && exit 0
rm -rf "$0"
mkdir -p "$0"
curl --silent --show-error --fail --location --max-time ${LIMIT_SECONDS} --output "$0/archive.zip" "$1"
echo "$2  $0/archive.zip" | sha256sum --check --quiet
python3 -m zipfile --extract "$0/archive.zip" "$0"
rm "$0/archive.zip"
mv "$0"/golang.org/toolchain@*/* "$0"
chmod -R +x "$0/bin" "$0/pkg/tool"
touch "$0/whole"
`;

/**
 * The Go of the machine, if it is new enough. In CI another one is fetched in its place, once below `.cache`. While
 * one process fetches it, others wait.
 *
 * @param module the folder of a module, whose go.mod says which version it needs
 */
export const goToolchain = async (module: string): Promise<GoToolchain> => {
  const needed = /^go (\S+)$/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'))?.[1] ?? '';
  // The race detector is a library of C.
  const noCompiler = missing('gcc', 'flock');
  if (noCompiler !== undefined) return { against: noCompiler };
  const installed = spawnSync('go', ['env', 'GOVERSION', 'GOROOT'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const [version = '', root = ''] = (installed.stdout ?? '').split('\n');
  if (installed.status === 0 && isAtLeast(version.replace('go', ''), needed)) return { root };
  const found = installed.status === 0 ? `Go is ${version}, not ${needed}` : 'not installed: go';
  return process.env.CI === 'true' ? fetched(found) : { against: found };
};

const isAtLeast = (version: string, needed: string): boolean =>
  version.localeCompare(needed, 'en', { numeric: true }) >= 0;

const fetched = async (found: string): Promise<GoToolchain> => {
  const against = missing('curl', 'python3', 'sha256sum');
  if (against !== undefined) return { against };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { against: `${found}; none is pinned for ${process.platform}-${process.arch}` };
  const proxy = /^https:\/\/[^,|]+/.exec(process.env.GOPROXY ?? '')?.[0] ?? PROXY;
  const root = join(GO_CACHE, `go${VERSION}`);
  const url = `${proxy}/golang.org/toolchain/@v/v0.0.1-go${VERSION}.linux-amd64.zip`;
  mkdirSync(GO_CACHE, { recursive: true });
  const lock = ['flock', '--timeout', String(LIMIT_SECONDS), `${root}.lock`];
  const program = new Program([...lock, 'sh', '-c', FETCH, root, url, SHA256], { env: process.env });
  try {
    const code = await program.exit(2 * LIMIT_SECONDS * 1000);
    if (code === 0) return { root };
    const last = `${program.stdout}${program.stderr}`.trim().split('\n').at(-1);
    return { against: `Go cannot be fetched: ${last || `it took more than ${LIMIT_SECONDS} s`}` };
  } finally {
    await program.stop();
  }
};
