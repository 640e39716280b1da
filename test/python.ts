import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** A Python: the path of its program, and its version with that of its compiler. */
export interface Interpreter {
  readonly path: string;
  readonly version: string;
}

/**
 * The program behind python3; undefined if there is none. A version manager such as pyenv has a script in its
 * place, which takes several times as long to start as Python.
 */
export const interpreter = (): Interpreter | undefined => {
  const ask = ['-c', 'import sys; print(sys.executable); print(" ".join(sys.version.split()))'];
  const { status, stdout } = spawnSync('python3', ask, { encoding: 'utf8' });
  const [path = '', version = ''] = status === 0 ? stdout.trim().split('\n') : [];
  return path === '' ? undefined : { path, version };
};

/** The folders of PATH for a test that starts python3 often: first that of the real program. */
export const pathToPython = (): string => {
  const path = process.env.PATH ?? '';
  const folder = dirname(interpreter()?.path ?? '');
  const isKnown = folder === '.' || path.split(delimiter).includes(folder);
  return isKnown ? path : `${folder}${delimiter}${path}`;
};
