import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/**
 * The folders of PATH for a test that starts python3 often: first that of the real program. A version manager
 * such as pyenv has a script in its place, which takes several times as long to start as Python.
 */
export const pathToPython = (): string => {
  const path = process.env.PATH ?? '';
  const ask = ['-c', 'import sys; print(sys.executable)'];
  const { status, stdout } = spawnSync('python3', ask, { encoding: 'utf8' });
  const folder = dirname(status === 0 ? stdout.trim() : '');
  const isKnown = folder === '.' || path.split(delimiter).includes(folder);
  return isKnown ? path : `${folder}${delimiter}${path}`;
};
