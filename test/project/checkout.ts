import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWine } from '../is-wine.js';

/** The folder of package.json; the tests run from dist/test/project. */
export const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

/** Imports a script of the project. It is plain JavaScript, so the caller states its type. */
export const script = async <T>(path: string): Promise<T> =>
  (await import(new URL(`../../../scripts/${path}`, import.meta.url).href)) as T;

/** A folder with copies of some files of the checkout; the caller removes it. */
export const copyOfCheckout = (names: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-project-'));
  for (const name of names) cpSync(join(CHECKOUT, name), join(folder, name), { recursive: true });
  return folder;
};

/** A copy with the packages, which need links of folders. */
export const workingCopy = (names: readonly string[]): string => {
  const folder = copyOfCheckout(names);
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
};

/** Why a test that needs such a link is skipped; false where links can be made. */
export const noLinks = isWine() && 'Wine makes no junctions';

/** Removes such a folder; the linked packages stay. */
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Runs a script of the project to its end; returns its output and exit code. */
export const runScript = (path: string, ...args: string[]): { status: number | null; output: string } => {
  const argv = [join(CHECKOUT, 'scripts', path), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
};
