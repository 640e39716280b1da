import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './project/checkout.js';
import { interpreter } from './python.js';
import { Program } from './remote/program.js';
import { missing } from './remote/requirements.js';

/** For all that one environment needs, downloads included. */
const LIMIT_SECONDS = 120;

/** The folder of the programs of an environment, or why it cannot be made. */
export type PythonEnvironment = { readonly bin: string } | { readonly against: string };

/**
 * The arguments are the folder, the interpreter and the file of requirements. The stamp `whole` is written
 * last: an environment without it was left half-made, and is made anew.
 */
const MAKE = `set -e
test -e "$0/whole" && exit 0
rm -rf "$0"
"$1" -m venv "$0"
"$0/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$2"
touch "$0/whole"
`;

/**
 * A Python environment with the packages of a file of requirements. It is made once below `.cache`, and again
 * when that file or the interpreter changes. While one process makes it, others wait: the system gives up the
 * lock of a process that ends, however it ends.
 *
 * @param name begins the name of its folder
 * @param requirements the path of the file
 */
export const pythonEnvironment = async (name: string, requirements: string): Promise<PythonEnvironment> => {
  const python = interpreter();
  const against = missing('python3', 'flock');
  if (against !== undefined || python === undefined) return { against: against ?? 'python3 does not start' };
  const key = createHash('sha256')
    .update(readFileSync(requirements))
    .update(python.path)
    .update(python.version);
  const folder = join(CHECKOUT, '.cache', `${name}-${key.digest('hex').slice(0, 16)}`);
  const bin = join(folder, 'bin');
  if (existsSync(join(folder, 'whole'))) return { bin };
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  const lock = ['flock', '--timeout', String(LIMIT_SECONDS), `${folder}.lock`];
  const program = new Program([...lock, 'sh', '-c', MAKE, folder, python.path, requirements]);
  try {
    const code = await program.exit(2 * LIMIT_SECONDS * 1000);
    if (code === 0) return { bin };
    const last = `${program.stdout}${program.stderr}`.trim().split('\n').at(-1);
    return { against: `${name} cannot be installed: ${last || `it took more than ${LIMIT_SECONDS} s`}` };
  } finally {
    await program.stop();
  }
};
